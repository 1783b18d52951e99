// The page's beginning: views, language, health.

import { drawClaims, startAsking } from "./ask.js";
import { drawJobs, startBatches } from "./batch.js";
import { byId, notice } from "./elements.js";
import { drawHistory, drawLibrary, startRecords } from "./records.js";
import { language, say, switchLanguage, translate } from "./words.js";

const HEALTH_MILLISECONDS = 15_000;
const DRAW = { chart: drawClaims, batch: drawJobs, history: drawHistory, library: drawLibrary };

async function show(view) {
  notice("");
  for (const panel of document.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== view;
  for (const button of document.querySelectorAll("[data-view]")) {
    if (button.dataset.view === view) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  try {
    await DRAW[view]();
  } catch (error) {
    notice(error.message);
  }
}

async function lookAtHealth() {
  const box = byId("health");
  try {
    const health = await (await fetch("/health?page")).json();
    box.className = `health ${health.ready ? "ready" : ""}`;
    box.textContent = `${say(health.ready ? "ready" : "notReady")} · ${health.model}`;
  } catch {
    box.className = "health gone";
    box.textContent = say("gone");
  }
}

function nameLanguageButton() {
  byId("language").textContent = language === "ko" ? "English" : "한국어";
  byId("language").lang = language === "ko" ? "en" : "ko";
}

for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => show(button.dataset.view));
byId("language").addEventListener("click", () => {
  switchLanguage();
  nameLanguageButton();
  lookAtHealth();
  show(document.querySelector('[data-view][aria-current="page"]').dataset.view);
});
translate();
nameLanguageButton();
startAsking();
startBatches();
startRecords();
lookAtHealth();
setInterval(lookAtHealth, HEALTH_MILLISECONDS);
