// The claim chart: grade, product text with its quotes, rows with review, what is missing, exports, what-if.

import { download, get, send } from "./api.js";
import { byId, fill, make, notice, pill } from "./elements.js";
import { language, say, term } from "./words.js";

const SIGNS = { 대응: "O", 판단불가: "△", 미대응: "X" };
const FORMATS = ["docx", "xlsx", "pdf", "csv", "html", "json"];

// Shows a kept assessment in `box`. `before` is an earlier assessment of another product text, to show what moved.
export async function showKept(box, assessmentId, { before = null, onAnswer = null } = {}) {
  const found = await get(`/v1/assessments/${assessmentId}`);
  const { kept } = found;
  const refresh = () => showKept(box, assessmentId, { before, onAnswer });
  const text = productText(kept.case.user_query, found.reviewed_comparisons);
  fill(
    box,
    make("article", { className: "card" },
      make("h2", { className: "print-title", textContent: `${say("chartTitle")} · ${kept.case.regit_num}` }),
      verdict(kept, found, before),
      make("h3", { textContent: say("product2") }),
      text,
      make("div", { className: "scroll" }, table(kept, found, before, text, refresh)),
      acceptRest(kept, refresh),
      list("missing", kept.assessment.missing_information),
      list("flags", kept.assessment.flags),
      actions(kept),
      facts(kept),
      make("div", { className: "sign-off" },
        ...["author", "reviewer", "signature", "day"].map((word) => make("span", { textContent: say(word) })))),
    onAnswer ? whatIf(kept, onAnswer) : null,
  );
}

function verdict(kept, found, before) {
  const level = found.reviewed_risk_level;
  const probability = kept.assessment.risk_probabilities?.[level];
  const own = kept.assessment.model_risk_level;
  const deciding = kept.assessment.deciding_element;
  const moved = before && before.risk_level !== level;
  return make("div", { className: `verdict grade-${level}` },
    make("span", { textContent: say("grade") }),
    make("span", { className: "grade", textContent: term(level) }),
    probability === undefined ? null : make("span", { textContent: `${say("probability")} ${(probability * 100).toFixed(0)} %` }),
    make("span", { textContent: deciding ? `${say("deciding")}: ${deciding}` : say("allPresent") }),
    moved ? make("span", { className: "moved-note", textContent: `${say("moved")} (${say("was")} ${term(before.risk_level)})` }) : null,
    own ? make("span", { textContent: `${say("modelSaid")}: ${term(own)}` }) : null,
    make("span", { textContent: `${say("patent")} ${kept.case.regit_num}` }),
    make("p", { textContent: kept.assessment.decision_reason }));
}

// The product text with a <mark> per quote; overlapping quotes share the first one's place.
function productText(text, findings) {
  const spans = [];
  findings.forEach((finding, row) => {
    const at = finding.user_product_element ? text.indexOf(finding.user_product_element) : -1;
    if (at >= 0) spans.push({ at, end: at + finding.user_product_element.length, row });
  });
  spans.sort((a, b) => a.at - b.at);
  const box = make("p", { className: "product-text", tabIndex: 0 });
  let last = 0;
  for (const { at, end, row } of spans) {
    const same = [...box.querySelectorAll("mark")].find((mark) => Number(mark.dataset.at) <= at && at < Number(mark.dataset.end));
    if (same) {
      same.dataset.rows += `,${row}`;
      continue;
    }
    box.append(text.slice(last, at), make("mark", { textContent: text.slice(at, end) }));
    Object.assign(box.lastChild.dataset, { rows: `${row}`, at, end });
    last = end;
  }
  box.append(text.slice(last));
  return box;
}

function highlight(text, row, isOn) {
  for (const mark of text.querySelectorAll("mark")) {
    if (!mark.dataset.rows.split(",").includes(`${row}`)) continue;
    mark.classList.toggle("on", isOn);
    if (isOn) mark.scrollIntoView({ block: "nearest" });
  }
}

function table(kept, found, before, text, refresh) {
  const heads = ["number", "element", "quote", "mark", "note", "review"];
  const reviews = new Map(kept.reviews.map((review) => [review.element, review]));
  const rows = found.reviewed_comparisons.flatMap((finding, index) => {
    const isMoved = before && before.comparisons[index]?.match !== finding.match;
    const isDeciding = finding.patent_element === kept.assessment.deciding_element;
    const correction = make("tr", { hidden: true }, make("td", { colSpan: 6 }));
    const row = make("tr", { className: `${isMoved ? "moved " : ""}${isDeciding ? "deciding" : ""}` },
      make("td", { textContent: index + 1 }),
      make("td", { textContent: finding.patent_element }),
      make("td", {}, quoteButton(finding, index, text)),
      make("td", { className: `sign match-${finding.match}` }, make("b", { textContent: SIGNS[finding.match] }), term(finding.match)),
      make("td", {}, ...notes(finding, isMoved ? before.comparisons[index]?.match : null)),
      make("td", {}, cellTools(kept, finding, index + 1, reviews.get(index + 1), correction, refresh)));
    row.addEventListener("mouseenter", () => highlight(text, index, true));
    row.addEventListener("mouseleave", () => highlight(text, index, false));
    return [row, correction];
  });
  const moves = before && !rows.some((row) => row.className.includes("moved"));
  return make("table", { className: "chart" },
    make("caption", { className: moves ? "hint" : "hidden", textContent: moves ? say("unchanged") : say("chartTitle") }),
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col", textContent: say(head) })))),
    make("tbody", {}, ...rows));
}

function quoteButton(finding, index, text) {
  if (!finding.user_product_element) return "—";
  return make("button", {
    type: "button", className: "quote", textContent: `“${finding.user_product_element}”`,
    onfocus: () => highlight(text, index, true), onblur: () => highlight(text, index, false),
    onclick: () => highlight(text, index, true),
  });
}

function notes(finding, earlier) {
  return [
    earlier ? make("span", { className: "moved-note", textContent: `${say("moved")}: ${term(earlier)} → ${term(finding.match)} ` }) : null,
    ...finding.flags.map((flag) => make("span", { className: "flag", textContent: flag })),
    finding.note ? make("span", { textContent: finding.note }) : null,
  ].filter(Boolean);
}

function cellTools(kept, finding, element, review, correction, refresh) {
  const accept = () => keepReviews(kept, [{ element, decision: "accepted" }], refresh);
  const open = () => {
    correction.hidden = !correction.hidden;
    fill(correction.firstChild, correctionForm(kept, finding, element, refresh));
    if (!correction.hidden) correction.querySelector("select").focus();
  };
  return make("div", {},
    review ? make("div", { className: "hint", textContent: `✓ ${say(review.decision)}` }) : null,
    make("div", { className: "cell-tools" },
      make("button", { type: "button", textContent: say("accept"), "aria-label": `${say("accept")} ${element}`, onclick: accept }),
      make("button", { type: "button", textContent: say("correct"), "aria-label": `${say("correct")} ${element}`, onclick: open })));
}

function correctionForm(kept, finding, element, refresh) {
  const match = make("select", { name: "match" }, ...Object.keys(SIGNS).map((value) =>
    make("option", { value, textContent: `${SIGNS[value]} ${term(value)}`, selected: value === finding.match })));
  const quote = make("input", { name: "quote", value: finding.user_product_element ?? "", maxLength: 20000, placeholder: say("quoteHint") });
  const reason = make("input", { name: "reason", required: true, maxLength: 2000 });
  const equivalents = make("input", { type: "checkbox", name: "equivalents" });
  const submit = (event) => {
    event.preventDefault();
    keepReviews(kept, [{
      element, decision: "corrected", match: match.value, quote: quote.value || null, reason: reason.value,
      equivalents: equivalents.checked && match.value === "미대응",
    }], refresh);
  };
  return make("form", { className: "correct", onsubmit: submit },
    make("label", {}, say("match"), match), make("label", {}, say("quote"), quote), make("label", {}, say("reason"), reason),
    make("label", { className: "check" }, equivalents, ` ${say("equivalents")}`),
    make("button", { className: "primary", textContent: say("save") }));
}

function acceptRest(kept, refresh) {
  const done = new Set(kept.reviews.map((review) => review.element));
  const rest = kept.assessment.comparisons.map((_, index) => index + 1).filter((element) => !done.has(element));
  if (!rest.length) return null;
  const accept = () => keepReviews(kept, rest.map((element) => ({ element, decision: "accepted" })), refresh);
  return make("div", { className: "row cell-tools" }, make("button", { type: "button", textContent: say("acceptRest"), onclick: accept }));
}

async function keepReviews(kept, reviews, refresh) {
  try {
    for (const review of reviews) await send(`/v1/assessments/${kept.assessment_id}/reviews`, review);
    notice("");
    await refresh();
  } catch (error) {
    notice(error.message);
  }
}

function list(word, items) {
  if (!items.length) return null;
  return make("section", {}, make("h3", { textContent: say(word) }),
    make("ul", { className: "questions" }, ...items.map((item) => make("li", { textContent: item }))));
}

function actions(kept) {
  const path = (format) => `/v1/exports?assessment_id=${kept.assessment_id}&format=${format}&language=${language}`;
  return make("div", { className: "row actions" },
    make("span", { textContent: say("export") }),
    ...FORMATS.map((format) => make("button", {
      type: "button", className: "quiet", textContent: format.toUpperCase(),
      onclick: () => download(path(format)).catch((error) => notice(error.message)),
    })),
    make("button", { type: "button", className: "quiet", textContent: say("print"), onclick: () => window.print() }));
}

function facts(kept) {
  const rows = [
    ["model", `${kept.origin.model} · ${kept.origin.model_version}`], ["inputHash", kept.input_sha256],
    ["date", kept.created_at.replace("T", " ").slice(0, 19)], ["claimText", kept.case.claim_text],
  ];
  return make("dl", { className: "facts" }, ...rows.flatMap(([word, value]) =>
    [make("dt", { textContent: say(word) }), make("dd", { textContent: value })]));
}

function whatIf(kept, onAnswer) {
  const text = make("textarea", { id: "what-if", rows: 4, maxLength: 20000, value: kept.case.user_query, spellcheck: false });
  const run = async () => {
    const asked = { user_query: text.value, regit_num: kept.case.regit_num, claim_text: kept.case.claim_text, elements: kept.case.elements };
    try {
      notice("");
      button.disabled = true;
      const answer = await send("/v1/assessments", asked);
      await onAnswer(answer.results[0].assessment_id, kept.assessment);
    } catch (error) {
      notice(error.message);
    } finally {
      button.disabled = false;
    }
  };
  const button = make("button", { type: "button", className: "primary", textContent: say("rerun"), onclick: run });
  return make("section", { className: "card what-if" }, make("h3", {}, make("label", { htmlFor: "what-if", textContent: say("whatIf") })),
    make("p", { className: "hint", textContent: say("whatIfHint") }), text, make("div", { className: "row" }, button));
}

// The list of many answers, riskiest first; choosing one shows its chart below.
export function ranking(results, choose) {
  const rows = results.map((result) => make("tr", {},
    make("td", {}, result.assessment ? pill(result.assessment.risk_level, term(result.assessment.risk_level)) : say("noAnswer")),
    make("td", {}, result.assessment_id
      ? make("button", { type: "button", className: "quiet", textContent: result.regit_num, onclick: (event) => pick(event, result) })
      : result.regit_num),
    make("td", { textContent: result.assessment?.deciding_element ?? result.error ?? say("allPresent") })));
  const pick = (event, result) => {
    for (const row of rows) row.setAttribute("aria-selected", row.contains(event.target));
    choose(result);
  };
  return make("section", { className: "card ranking scroll" }, make("h2", { textContent: say("ranking") }),
    make("table", {}, make("thead", {}, make("tr", {}, ...["riskColumn", "patent", "deciding"].map((word) => make("th", { scope: "col", textContent: say(word) })))),
      make("tbody", {}, ...rows)));
}
