// The form: a product, claims from the library or pasted, their elements editable before the run.

import { get, send } from "./api.js";
import { ranking, showKept } from "./chart.js";
import { byId, fill, make, notice } from "./elements.js";
import { say } from "./words.js";

let patents = [];
let chosen = []; // { regit_num, claim_text, elements }

export function startAsking() {
  byId("add-patent").addEventListener("click", () => choose(patents.filter((one) => one.regit_num === byId("patent").value)));
  byId("add-all").addEventListener("click", () => choose(patents));
  byId("split").addEventListener("click", () => splitPasted().catch((error) => notice(error.message)));
  byId("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    run().catch((error) => notice(error.message)).finally(() => busy(null));
  });
  loadPatents().catch((error) => notice(error.message));
}

export async function loadPatents() {
  patents = await get("/v1/library/patents");
  fill(byId("patent"), ...patents.map((one) =>
    make("option", { value: one.regit_num, textContent: one.title ? `${one.regit_num} · ${one.title}` : one.regit_num })));
  return patents;
}

async function choose(list) {
  for (const patent of list) {
    if (chosen.some((one) => one.regit_num === patent.regit_num && one.claim_text === patent.claim_text)) continue;
    const elements = patent.elements ?? (await send("/v1/claims", { claim_text: patent.claim_text }))[0].elements;
    chosen.push({ regit_num: patent.regit_num, claim_text: patent.claim_text, elements: [...elements] });
  }
  drawClaims();
}

async function splitPasted() {
  const text = byId("claim").value.trim();
  if (!text) return;
  const claims = await send("/v1/claims", { claim_text: text });
  for (const claim of claims) {
    const name = claim.number === null ? say("claim") : `${say("claim")} ${claim.number}`;
    chosen.push({ regit_num: name, claim_text: claim.text, elements: claim.elements });
  }
  byId("claim").value = "";
  drawClaims();
}

export function drawClaims() {
  fill(byId("claims"), ...chosen.map((claim, place) => make("div", {},
    make("div", { className: "head" },
      make("strong", { textContent: claim.regit_num }),
      make("button", { type: "button", className: "quiet danger", textContent: say("remove"), "aria-label": `${say("remove")} ${claim.regit_num}`,
        onclick: () => { chosen.splice(place, 1); drawClaims(); } })),
    make("ol", {}, ...claim.elements.map((element, row) => make("li", {}, make("div", {},
      make("textarea", { rows: Math.min(4, Math.ceil(element.length / 34)) || 1, value: element, maxLength: 20000, "aria-label": `${say("element")} ${row + 1}`,
        oninput: (event) => { claim.elements[row] = event.target.value; } }),
      make("button", { type: "button", className: "quiet danger", textContent: "×", "aria-label": `${say("remove")} ${say("element")} ${row + 1}`,
        disabled: claim.elements.length < 2, onclick: () => { claim.elements.splice(row, 1); drawClaims(); } }))))),
    make("button", { type: "button", className: "quiet", textContent: say("addElement"),
      onclick: () => { claim.elements.push(""); drawClaims(); } }))));
}

async function run() {
  notice("");
  await splitPasted();
  if (!chosen.length) throw new Error(say("needClaim"));
  busy(Date.now());
  const asked = chosen.map((claim) => ({ ...claim, elements: claim.elements.filter((element) => element.trim()) }));
  const answer = await send("/v1/assessments", { user_query: byId("product").value, patents: asked });
  const box = make("div", { className: "answer" });
  const show = (id, before) => showKept(box, id, { before, onAnswer: show });
  fill(byId("answer"), answer.results.length > 1 ? ranking(answer.results, (result) => show(result.assessment_id, null)) : null, box);
  await show(answer.results[0].assessment_id, null);
}

let clock;
function busy(since) {
  clearInterval(clock);
  byId("run").disabled = since !== null;
  byId("busy").hidden = since === null;
  if (since === null) return;
  const tick = () => { byId("busy").textContent = `${say("working")} · ${Math.round((Date.now() - since) / 1000)} ${say("seconds")}`; };
  tick();
  clock = setInterval(tick, 1000);
}
