// History and library: what was answered, and the claims a team asks about again.

import { download, get, remove, send } from "./api.js";
import { loadPatents } from "./ask.js";
import { showKept } from "./chart.js";
import { byId, fill, make, notice, pill } from "./elements.js";
import { say, term } from "./words.js";

const PAGE = 50;
let shown = [];

export function startRecords() {
  byId("older").addEventListener("click", () => more().catch((error) => notice(error.message)));
  byId("export-cases").addEventListener("click", () => download("/v1/reviewed-cases").catch((error) => notice(error.message)));
  byId("patent-form").addEventListener("submit", (event) => {
    event.preventDefault();
    savePatent().catch((error) => notice(error.message));
  });
}

export async function drawHistory() {
  shown = [];
  await more();
}

async function more() {
  const page = await get(`/v1/assessments?limit=${PAGE}&offset=${shown.length}`);
  shown.push(...page.items);
  byId("older").hidden = shown.length >= page.total;
  const heads = ["date", "riskColumn", "patent", "product2", "reviewed", "model"];
  const open = (item) => showKept(byId("kept"), item.assessment_id).then(() => byId("kept").scrollIntoView()).catch((error) => notice(error.message));
  fill(byId("history"), shown.length === 0 ? make("p", { className: "hint", textContent: say("noHistory") }) : make("table", {},
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col", textContent: say(head) })))),
    make("tbody", {}, ...shown.map((item) => make("tr", {},
      make("td", { textContent: item.created_at.replace("T", " ").slice(0, 16) }),
      make("td", {}, pill(item.risk_level, term(item.risk_level))),
      make("td", { textContent: item.regit_num }),
      make("td", {}, make("button", { type: "button", className: "quote", textContent: item.product_start, onclick: () => open(item) })),
      make("td", { textContent: `${item.num_reviewed}/${item.num_elements}` }),
      make("td", { textContent: item.model }))))));
}

export async function drawLibrary() {
  const patents = await loadPatents();
  fill(byId("patents"), patents.length === 0 ? make("p", { className: "hint", textContent: say("noPatents") }) : make("table", {},
    make("thead", {}, make("tr", {}, ...["patentNumber", "patentTitle", "claimText", ""].map((head) => make("th", { scope: "col", textContent: head && say(head) })))),
    make("tbody", {}, ...patents.map((patent) => make("tr", {},
      make("td", { textContent: patent.regit_num }), make("td", { textContent: patent.title }), make("td", { textContent: patent.claim_text }),
      make("td", {}, patent.source === "recipe" ? say("sourceRecipe") : make("button", { type: "button", className: "quiet danger", textContent: say("remove"),
        "aria-label": `${say("remove")} ${patent.regit_num}`,
        onclick: () => remove(`/v1/library/patents/${encodeURIComponent(patent.regit_num)}`).then(drawLibrary).catch((error) => notice(error.message)) })))))));
}

async function savePatent() {
  notice("");
  const body = { claim_text: byId("new-claim").value, title: byId("new-title").value };
  await send(`/v1/library/patents/${encodeURIComponent(byId("new-number").value.trim())}`, body, "PUT");
  byId("patent-form").reset();
  await drawLibrary();
}
