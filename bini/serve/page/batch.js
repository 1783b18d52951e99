// Batches: upload two tables, watch the progress, see the matrix of products by patents, open or export what is answered.

import { download, get, listen, send, upload } from "./api.js";
import { loadPatents } from "./ask.js";
import { showKept } from "./chart.js";
import { byId, fill, make, notice } from "./elements.js";
import { say, term } from "./words.js";

const STATES = { waiting: "jobWaiting", running: "jobRunning", finished: "jobDone", cancelled: "jobCancelled" };
const MAX_SHOWN = 5000;

export function startBatches() {
  byId("upload").addEventListener("submit", (event) => {
    event.preventDefault();
    begin().catch((error) => notice(error.message));
  });
}

export async function drawJobs() {
  const jobs = await get("/v1/jobs?limit=20");
  fill(byId("jobs"), ...jobs.map(card));
}

async function begin() {
  notice("");
  const form = new FormData();
  form.append("products", byId("products-file").files[0]);
  if (byId("patents-file").files[0]) form.append("patents", byId("patents-file").files[0]);
  if (byId("with-library").checked) form.append("regit_nums", (await loadPatents()).map((one) => one.regit_num).join(","));
  const job = await upload("/v1/uploads", form);
  byId("upload").reset();
  byId("jobs").prepend(card(job));
}

function card(job) {
  const bar = make("progress", { max: 1, value: 0, "aria-label": job.name || say("viewBatch") });
  const line = make("p", { className: "hint", role: "status" });
  const rows = make("div", { className: "scroll" });
  const chart = make("div", { className: "answer" });
  const cancel = make("button", { type: "button", className: "quiet danger", textContent: say("cancel"),
    onclick: () => send(`/v1/jobs/${job.job_id}/cancel`, {}).then(see).catch((error) => notice(error.message)) });
  const see = (progress) => {
    const ended = progress.done + progress.failed;
    bar.max = progress.total;
    bar.value = ended;
    const left = progress.seconds_left === null ? "" : ` · ${(progress.seconds_left / 60).toFixed(1)} ${say("minutes")} ${say("left")}`;
    const failed = progress.failed ? ` · ${say("failed")} ${progress.failed}` : "";
    line.textContent = `${say(STATES[progress.state])} · ${ended}/${progress.total}${failed}${left}`;
    cancel.hidden = ["finished", "cancelled"].includes(progress.state);
  };
  see(job);
  const showRows = () => drawMatrix(job, rows, chart).catch((error) => notice(error.message));
  if (!["finished", "cancelled"].includes(job.state)) {
    listen(`/v1/jobs/${job.job_id}/events`, see).then(showRows).catch((error) => notice(error.message));
  }
  const exports = ["xlsx", "csv", "jsonl"].map((format) => make("button", { type: "button", className: "quiet", textContent: format.toUpperCase(),
    onclick: () => download(`/v1/jobs/${job.job_id}/export?format=${format}`).catch((error) => notice(error.message)) }));
  return make("article", { className: "card" },
    make("div", { className: "row between" }, make("h3", { textContent: `${job.name || job.job_id.slice(0, 8)} · ${job.created_at.replace("T", " ").slice(0, 16)}` }),
      make("div", { className: "row actions" }, make("button", { type: "button", textContent: say("results"), onclick: showRows }), ...exports, cancel)),
    bar, line, rows, chart);
}

async function drawMatrix(job, box, chart) {
  const pairs = await get(`/v1/jobs/${job.job_id}/results?limit=${MAX_SHOWN}`);
  const patents = [...new Set(pairs.map((pair) => pair.regit_num))];
  const products = [...new Set(pairs.map((pair) => pair.product_id))]; // pairs come riskiest first, and so do products
  const byPlace = new Map(pairs.map((pair) => [`${pair.product_id}\n${pair.regit_num}`, pair]));
  const cell = (pair) => {
    if (!pair?.assessment_id) return make("td", { textContent: pair?.state === "failed" ? say("noAnswer") : "…" });
    const open = () => showKept(chart, pair.assessment_id).then(() => chart.scrollIntoView({ block: "nearest" })).catch((error) => notice(error.message));
    return make("td", {}, make("button", { type: "button", className: `pill pill-${pair.risk_level}`, textContent: term(pair.risk_level),
      "aria-label": `${pair.product_id}, ${pair.regit_num}: ${term(pair.risk_level)}`, onclick: open }));
  };
  fill(box, make("table", { className: "matrix" },
    make("caption", { className: "hidden", textContent: say("matrix") }),
    make("thead", {}, make("tr", {}, make("th", { scope: "col", textContent: say("productRow") }), ...patents.map((patent) => make("th", { scope: "col", textContent: patent })))),
    make("tbody", {}, ...products.map((product) => make("tr", {}, make("th", { scope: "row", textContent: product }),
      ...patents.map((patent) => cell(byPlace.get(`${product}\n${patent}`))))))));
}
