"""metrics.json said in words, for the terminal and summary.txt."""

from typing import Any

from bini.metrics import INVALID
from bini.schema import RISK_LEVELS


def summary(metrics: dict[str, Any]) -> str:
    """Return the result as a person reads it."""
    lines = [f"{metrics['cases']} cases of {metrics['cases_file']}, model {metrics['model']}"]
    if seen := metrics["cases_seen_in_training"]:
        lines.append(
            f"RESUBSTITUTION: {seen} of these {metrics['cases']} cases were trained on. "
            "This shows what was learned by heart, not what the model would say of a new product."
        )
    elif metrics.get("leaks"):
        lines.append(metrics["leaks"]["words"])
    if metrics.get("protocol") == "final":
        lines.append(f"FINAL TEST: looked at {metrics['final_looks']} times, by all models together")
    lines.append(f"JSON valid, guided     {share(metrics, 'json_valid_fraction', metrics['cases'])}")
    if metrics["json_valid_fraction_free"] is not None:
        lines.append(f"JSON valid, unguided   {metrics['json_valid_fraction_free']:.1%}")
    if metrics["labelled_cases"]:
        lines += [
            f"risk_level             {share(metrics, 'risk_accuracy', metrics['labelled_cases'])}",
            f"match                  {share(metrics, 'match_accuracy', metrics['comparisons'])}",
            f"risk macro F1          {metrics['risk_macro_f1']:.3f}",
            f"dangerous errors       {metrics['dangerous_errors']} (높음 answered 낮음)",
        ]
        for name, key in (("model alone", "without_facts"), ("rule alone", "rule_alone")):
            if alone := metrics.get(key):
                risk, match = share(alone, "risk_accuracy", metrics["labelled_cases"]), alone["match_accuracy"]
                lines.append(f"  {name:<21}{risk}, match {match:.1%}")
        if metrics["minimal_pairs"]:
            lines.append(f"minimal pairs          {share(metrics, 'minimal_pair_accuracy', metrics['minimal_pairs'])}")
        lines += ["", *_confusion_table(metrics["risk_confusion"])]
    if metrics["quote_valid_fraction"] is not None:
        lines.append(f"quotes verbatim        {metrics['quote_valid_fraction']:.1%} of {metrics['quotes']}")
    if metrics["rule_agreement_fraction"] is not None:
        lines.append(f"model's word = rule    {metrics['rule_agreement_fraction']:.1%}")
    if calibration := metrics.get("calibration"):
        lines.append(f"log-loss, ECE          {calibration['log_loss']:.3f}, {calibration['ece']:.3f}")
    if flipped := metrics.get("flips"):
        counts = [flipped[how]["risk_flips"] for how in ("repeated", "alone_against_batched")]
        lines.append(f"flips                  {counts[0]} repeated, {counts[1]} alone against batched")
    if metrics.get("assessments_per_second"):
        lines.append(
            f"speed                  {metrics['assessments_per_second']:.2f} assessments/s, guided, prompts cold"
        )
    return "\n".join(lines) + "\n"


def share(metrics: dict[str, Any], key: str, total: int) -> str:
    """Return "34/35  97.1%  (95 % interval …)"."""
    value, interval = metrics[key], metrics[f"{key}_ci95"]
    return f"{round(value * total)}/{total}  {value:.1%}  (95 % interval {interval[0]:.1%} to {interval[1]:.1%})"


def _confusion_table(confusion: dict[str, dict[str, int]]) -> list[str]:
    columns = [*RISK_LEVELS, *([INVALID] if any(row[INVALID] for row in confusion.values()) else [])]
    lines = ["actual \\ answered  " + "  ".join(columns)]
    for actual in RISK_LEVELS:
        lines.append(f"{actual}             " + "  ".join(f"{confusion[actual][column]:4d}" for column in columns))
    return lines
