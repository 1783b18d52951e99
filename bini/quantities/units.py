"""The units: how each is spelled in Korean and English, what it measures, what pint calls it.

A spelling is a regular expression over text that `plain.simplify` has made plain (㎛ -> μm, ％ -> %, ℃ -> °C).
"""

import re
from dataclasses import dataclass

from bini.quantities.quantity import Basis, Kind


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: `symbol` names it in a Range, `pint_name` is None where nothing converts to it (counts)."""

    symbol: str
    kind: Kind
    pint_name: str | None = None
    spellings: str = ""  # separated by "|"
    basis: Basis = "unspecified"


PERCENT = r"(?:%|퍼센트|per\s?cent)"


def _percent(before: str, after: str, in_brackets: str) -> str:
    """Spell a percentage with its basis: 중량%, wt.%, % by weight, % (w/w)."""
    return rf"(?:{before})\.?[ -]?{PERCENT}|{PERCENT}\s?(?:\(\s?(?:{in_brackets})\s?\)|(?:{after})(?![A-Za-z]))"


PER = r"(?:\s?/\s?|\sper\s|\sa\s|\sin\severy\s|\sin\seach\s|\sfor\severy\s|\sfor\seach\s)"  # mg/mL, mg in every millilitre
ML, LITRE, KG = "(?:m[lL]|millilitres?|milliliters?)", "(?:[lL]|litres?|liters?)", "(?:[kK]g|kilos?|kilograms?)"

PERCENTAGES: tuple[Unit, ...] = (
    Unit(
        "%",
        "content",
        "percent",
        _percent("중량|질량|무게|wt|weight|mass|w/w|m/m", r"by\s+(?:weight|mass)|w\s?/\s?w|m/m|wt", "중량|질량|w/w|wt"),
        "mass",
    ),
    Unit(
        "vol%",
        "content",
        "percent",
        _percent("부피|용량|체적|용적|vol|volume|v/v", r"by\s+volume|v\s?/\s?v|vol", "부피|v/v|vol"),
        "volume",
    ),
    Unit("mol%", "content", "percent", _percent("몰|mol|mole|molar", r"mol|by\s+mole", "몰|mol"), "mole"),
    Unit("at%", "content", "percent", _percent("원자|at|atomic|atom", "at|atomic", "원자|at"), "atom"),
    Unit("g/dL", "content", "g/dL", _percent("w/v|중량/부피", r"w\s?/\s?v|wt/vol", "w/v|중량/부피"), "mass_per_volume"),
    Unit("%", "content", "percent", PERCENT + r"(?!p(?![A-Za-z]))(?!\s?/\s?[A-Za-z])"),  # 5 %p and 5 %/day are none
)
UNITS: tuple[Unit, ...] = (
    Unit("‰", "content", "permille", "‰"),
    Unit("ppm", "content", "ppm", "ppm|PPM|피피엠"),
    Unit("ppb", "content", "ppb", "ppb|PPB"),
    Unit("mg/g", "content", "mg/g", rf"mg{PER}g", "mass"),
    Unit("μg/g", "content", "ug/g", r"[μu]g\s?/\s?g", "mass"),
    Unit("mg/kg", "content", "mg/kg", rf"mg{PER}{KG}", "mass"),
    Unit("g/kg", "content", "g/kg", rf"g{PER}{KG}", "mass"),
    Unit("mg/100 g", "content", "mg/hg", rf"mg{PER}100\s?g", "mass"),
    Unit("g/100 g", "content", "g/hg", rf"g{PER}100\s?g", "mass"),
    Unit("mg/mL", "content", "mg/mL", rf"mg{PER}{ML}", "mass_per_volume"),
    Unit("μg/mL", "content", "ug/mL", r"[μu]g\s?/\s?m[lL]", "mass_per_volume"),
    Unit("g/dL", "content", "g/dL", rf"g{PER}100\s?{ML}|g\s?/\s?d[lL]", "mass_per_volume"),
    Unit("mg/L", "content", "mg/L", rf"mg{PER}{LITRE}", "mass_per_volume"),
    Unit("g/L", "content", "g/L", rf"g{PER}{LITRE}", "mass_per_volume"),
    Unit("g/mL", "content", "g/mL", rf"g{PER}{ML}", "mass_per_volume"),
    Unit(
        "part",
        "parts",
        None,
        r"중량\s?부(?![분위])|질량\s?부(?![분위])|parts?\s+by\s+weight|parts?\s+by\s+mass|pbw|phr",
        "mass",
    ),
    Unit("vol part", "parts", None, r"부피\s?부(?![분위])|용량\s?부(?![분위])|parts?\s+by\s+volume", "volume"),
    Unit("mol part", "parts", None, r"몰\s?부(?![분위])", "mole"),
    Unit("°C", "temperature", "degC", r"°\s?C|deg\.?\s?C|degrees?\s?C|degrees?\s(?:Celsius|centigrade)|Celsius|도씨"),
    Unit("°F", "temperature", "degF", r"°\s?F|deg\.?\s?F|degrees?\s?F|degrees?\sFahrenheit|Fahrenheit"),
    Unit("K", "temperature", "kelvin", "K|[kK]elvins?|켈빈"),
    Unit("brix", "brix", None, r"°?\s?[Bb]rix|°?\s?Bx|브릭스"),
    Unit("도", "temperature", "degC", "도"),  # an angle where the words before say so
    Unit("°", "angle", "degree", r"°(?!\s?[A-Za-z])|degrees?"),
    Unit("mAh/g", "specific_capacity", "mA*h/g", r"mA·?h\s?/\s?g"),
    Unit("Ah/kg", "specific_capacity", "A*h/kg", r"A·?h\s?/\s?kg"),
    Unit("mAh/cm²", "areal_capacity", "mA*h/cm**2", r"mA·?h\s?/\s?cm\^?[2²]"),
    Unit("Wh/kg", "specific_energy", "W*h/kg", r"W·?h\s?/\s?kg"),
    Unit("Wh/L", "energy_density", "W*h/L", r"W·?h\s?/\s?[lL]"),
    Unit("mAh", "charge", "mA*h", "mA·?h"),
    Unit("Ah", "charge", "A*h", "A·?h"),
    Unit("kWh", "energy", "kW*h", "kW·?h"),
    Unit("Wh", "energy", "W*h", "W·?h"),
    Unit("kJ", "energy", "kJ", "kJ"),
    Unit("kcal", "energy", "kcal", "kcal|킬로칼로리"),
    Unit("J", "energy", "J", "J"),
    Unit("g/cm³", "density", "g/cm**3", r"g\s?/\s?cm\^?[3³]|g\s?/\s?cc"),
    Unit("mPa·s", "viscosity", "mPa*s", r"mPa\s?·?\s?s|cP|cps|cPs|centipoises?|센티포아즈"),
    Unit("Pa·s", "viscosity", "Pa*s", r"Pa\s?·?\s?s"),
    Unit("GPa", "pressure", "GPa", "GPa"),
    Unit("MPa", "pressure", "MPa", "MPa"),
    Unit("kPa", "pressure", "kPa", "kPa"),
    Unit("Pa", "pressure", "Pa", "Pa"),
    Unit("mbar", "pressure", "mbar", "mbar"),
    Unit("bar", "pressure", "bar", "bars?|바"),
    Unit("atm", "pressure", "atm", "atm|기압"),
    Unit("psi", "pressure", "psi", "psi"),
    Unit("GHz", "frequency", "GHz", "GHz|기가헤르츠"),
    Unit("MHz", "frequency", "MHz", "MHz|메가헤르츠"),
    Unit("kHz", "frequency", "kHz", "[kK]Hz|킬로헤르츠"),
    Unit("Hz", "frequency", "Hz", "Hz|헤르츠"),
    Unit("mS/cm", "conductivity", "mS/cm", r"mS\s?/\s?cm"),
    Unit("S/cm", "conductivity", "S/cm", r"S\s?/\s?cm"),
    Unit("rpm", "rotation", None, "rpm|RPM"),
    Unit("억 CFU/g", "cfu_per_mass", "eok/g", r"억\s?(?:CFU|cfu)\s?/\s?g"),
    Unit("억 CFU/mL", "cfu_per_volume", "eok/mL", r"억\s?(?:CFU|cfu)\s?/\s?m[lL]"),
    Unit("억 CFU", "cfu", "eok", r"억\s?(?:CFU|cfu|마리)"),
    Unit("만 CFU", "cfu", "myriad_count", r"만\s?(?:CFU|cfu|마리)"),
    Unit("billion CFU", "cfu", "billion_count", r"[bB]illion\s(?:CFU|cfu)"),
    Unit("million CFU", "cfu", "million_count", r"[mM]illion\s(?:CFU|cfu)"),
    Unit("CFU/g", "cfu_per_mass", "count/g", r"CFU\s?/\s?g|cfu\s?/\s?g"),
    Unit("CFU/kg", "cfu_per_mass", "count/kg", r"CFU\s?/\s?[kK]g|cfu\s?/\s?[kK]g"),
    Unit("CFU/mL", "cfu_per_volume", "count/mL", r"CFU\s?/\s?m[lL]|cfu\s?/\s?m[lL]"),
    Unit("CFU", "cfu", "count", "CFU|cfu"),
    Unit("mol/L", "molarity", "mol/L", r"mol\s?/\s?[lL]|M"),
    Unit("mmol/L", "molarity", "mmol/L", r"mmol\s?/\s?[lL]|mM"),
    Unit("μmol/L", "molarity", "umol/L", r"[μu]mol\s?/\s?[lL]|[μu]M"),
    Unit("kDa", "molecular_weight", "kg/mol", "kDa"),
    Unit("g/mol", "molecular_weight", "g/mol", r"g\s?/\s?mol|Da|[dD]altons?|달톤"),
    Unit("m²/g", "specific_area", "m**2/g", r"m\^?[2²]\s?/\s?g"),
    Unit("km²", "area", "km**2", r"km\^?[2²]"),
    Unit("cm²", "area", "cm**2", r"cm\^?[2²]"),
    Unit("mm²", "area", "mm**2", r"mm\^?[2²]"),
    Unit("m²", "area", "m**2", r"m\^?[2²]"),
    Unit("cm³", "volume", "cm**3", r"cm\^?[3³]|cc"),
    Unit("m³", "volume", "m**3", r"m\^?[3³]"),
    Unit("nm", "length", "nm", r"nm|nanomet(?:er|re)s?|나노미터|나노(?![가-힣])"),
    Unit("μm", "length", "um", "[μu]m|micromet(?:er|re)s?|microns?|마이크로미터|마이크론|미크론"),
    Unit(
        "mm",
        "length",
        "mm",
        r"mm|millimet(?:er|re)s?|밀리미터|밀리(?![가-힣])|밀리(?=(?:짜리|로|를|은|는|이|가|의)(?![가-힣]))",
    ),
    Unit("cm", "length", "cm", "cm|centimet(?:er|re)s?|센티미터|센치"),
    Unit("km", "length", "km", "km|kilomet(?:er|re)s?|킬로미터"),
    Unit("Å", "length", "angstrom", "Å|[aA]ngstroms?|옹스트롬"),
    Unit("in", "length", "inch", "inch|inches|인치"),
    Unit("m", "length", "m", "m|met(?:er|re)s?|미터"),
    Unit("year", "time", "year", "years?|년"),
    Unit("month", "time", "month", "months?|개월"),
    Unit("week", "time", "week", "weeks?|주일|주"),
    Unit("day", "time", "day", "days?|일"),
    Unit("h", "time", "hour", "h|hrs?|hours?|시간"),
    Unit("min", "time", "minute", r"mins?|minutes?|분(?!의\s?[0-9])"),
    Unit("s", "time", "second", "s|secs?|seconds?|초(?!과)"),
    Unit("ms", "time", "ms", "ms|msec|milliseconds?|밀리초"),
    Unit("μL", "volume", "uL", "[μu][lL]|microlit(?:er|re)s?|마이크로리터"),
    Unit("mL", "volume", "mL", "m[lL]|millilit(?:er|re)s?|밀리리터"),
    Unit("L", "volume", "L", "L|l|lit(?:er|re)s?|리터"),
    Unit("ng", "mass", "ng", "ng"),
    Unit("μg", "mass", "ug", "[μu]g|mcg|micrograms?|마이크로그램"),
    Unit("mg", "mass", "mg", "mg|milligrams?|밀리그램"),
    Unit("kg", "mass", "kg", "[kK]g|kilograms?|킬로그램"),
    Unit("g", "mass", "g", "g|grams?|그램"),
    Unit("mV", "voltage", "mV", "mV"),
    Unit("kV", "voltage", "kV", "kV"),
    Unit("V", "voltage", "V", "V|volts?|볼트"),
    Unit("mA", "current", "mA", "mA"),
    Unit("μA", "current", "uA", "[μu]A"),
    Unit("A", "current", "A", "A|amperes?|amps?|암페어"),
    Unit("kW", "power", "kW", "kW"),
    Unit("mW", "power", "mW", "mW"),
    Unit("W", "power", "W", "W|watts?|와트"),
    Unit("kN", "force", "kN", "kN"),
    Unit("N", "force", "N", "N|newtons?|뉴턴"),
    Unit("kind", "count", None, "kinds?|types?|species|종류(?!별)|가지(?![가-힣])|가지[의를가로]|종"),
    Unit("piece", "count", None, "pieces?|개"),
    Unit("time", "count", None, "times?|회|번"),
    Unit("layer", "count", None, "layers?|layered|ply|plies|층|겹"),
    Unit("pair", "count", None, "pairs?|쌍"),
    Unit("sheet", "count", None, "sheets?|매|장"),
    Unit("fold", "multiple", None, "-?fold|배"),
)
DAY = next(unit for unit in UNITS if unit.symbol == "day")
BARE, PH, SPF, PA = Unit("", "number"), Unit("pH", "ph"), Unit("SPF", "spf"), Unit("PA+", "pa")

_BY_SYMBOL = {unit.symbol: unit for unit in UNITS}
DEGREE, ANGLE_UNIT = _BY_SYMBOL["도"], _BY_SYMBOL["°"]
CELSIUS, FAHRENHEIT = _BY_SYMBOL["°C"], _BY_SYMBOL["°F"]
PINT_NAMES = {unit.symbol: unit.pint_name for unit in (*PERCENTAGES, *UNITS) if unit.pint_name}

# What must follow a spelling. A rate is another unit: 5 mL/min is no volume, 4.0 cm²/Ah no area.
# With spaces around it a slash parts two items of a list (3900 ppm / aged), unless a unit follows (5 mL / min).
LATIN_END = (
    r"(?![A-Za-z0-9²³^])(?![/·]\s?(?:[0-9]+\s?)?(?:[A-Za-zμ%°]|분|초|시간|일|회))"
    r"(?!\s[/·]\s?(?:[0-9]+\s?)?(?:(?:min|hr?|s|sec|days?|d|[mkµμn]?g|[mdµμ]?[lL]|[cmkn]?m[²³23]?|m?Ah|Wh|mol)(?![A-Za-z])|분|초|시간|일|회))"
)
LETTER_END = LATIN_END + r"(?!-[A-Za-z가-힣])(?!,[A-Z]-)"  # 10 V-shaped, 1 N,N-디메틸
# One syllable is a unit only before a particle: 3회 but not 3회전, 5분 but not 5 분말, 3종 but not 3종래.
SYLLABLE_END = (
    r"(?:(?=이상|이하|초과|미만|이내|내지|부터|까지|동안|정도|내외|가량|및|또는|마다|씩|간격|사이|보다|쯤|남짓|밖에)"
    r"|(?=(?:의|을|를|이|가|은|는|로|으로|에|에서|와|과|도|만|간|당|인|이고|이며|이다|이나|후|중|임|입니다|이에요|예요|이었다|였다|이었습니다|였습니다|이거든요?|거든요?|인데요?|이지만|이라|라|이야|야|짜리|이면|이면서|여서|이어서)(?![가-힣]))|(?![가-힣]))"
)
_SYLLABLE = re.compile(r"[가-힣](?:\(\?!.*\))?")
_ENDS = {"free": "", "latin": LATIN_END, "letter": LETTER_END, "syllable": SYLLABLE_END}


def _end_of(spelling: str) -> str:
    """Say which end a spelling needs."""
    if _SYLLABLE.fullmatch(spelling):
        return "syllable"
    if len(spelling) == 1 and spelling.isascii():
        return "letter"
    return "latin" if re.search(r"[A-Za-z\]?]$|s\?\)$", spelling) and not re.match("[가-힣]", spelling) else "free"


def _split(spellings: str) -> list[str]:
    """Split at the bars that stand in no group."""
    return re.split(r"\|(?![^()]*\))", spellings)


def _patterns() -> list[tuple[re.Pattern[str], list[Unit]]]:
    """Compile the units, one pattern for each kind of end, so that the end is spelled once."""
    groups: dict[str, list[tuple[str, Unit]]] = {end: [] for end in _ENDS}
    for unit in UNITS:
        for spelling in _split(unit.spellings):
            groups[_end_of(spelling)].append((spelling, unit))
    compiled = []
    for end, members in groups.items():
        spelled = "|".join(f"(?P<u{i}>{spelling})" for i, (spelling, _) in enumerate(members))
        compiled.append((re.compile(f"(?:{spelled}){_ENDS[end]}"), [unit for _, unit in members]))
    percentages = "|".join(f"(?P<u{i}>{unit.spellings})" for i, unit in enumerate(PERCENTAGES))
    return [(re.compile(percentages), list(PERCENTAGES)), *compiled]


_PATTERNS = _patterns()


def unit_at(plain: str, position: int) -> tuple[Unit, int] | None:
    """Read the unit that starts at a position of a plain text; also where it ends."""
    for pattern, units in _PATTERNS:
        match = pattern.match(plain, position)
        if match and match.lastgroup:
            return units[int(match.lastgroup[1:])], match.end()
    return None
