// Calls to the gateway; a refusal becomes an Error with the gateway's own words.

import { byId } from "./elements.js";

function headers(extra = {}) {
  const key = sessionStorage.getItem("bini-key");
  return key ? { ...extra, authorization: `Bearer ${key}` } : extra;
}

async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: headers(options.headers) });
  if (answer.status === 401 && (await askForKey())) return ask(path, options);
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.detail ?? `${answer.status} ${answer.statusText}`);
  }
  return answer;
}

function askForKey() {
  const dialog = byId("key-dialog");
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      sessionStorage.setItem("bini-key", byId("key").value);
      resolve(byId("key").value !== "");
    }, { once: true });
  });
}

export const get = async (path) => (await ask(path)).json();
export const remove = (path) => ask(path, { method: "DELETE" });

export async function send(path, body, method = "POST") {
  const options = { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  return (await ask(path, options)).json();
}

export const upload = async (path, form) => (await ask(path, { method: "POST", body: form })).json();

export async function download(path) {
  const answer = await ask(path);
  const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "bini";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// Calls `see` with each event of a stream of server-sent events, until it ends.
export async function listen(path, see) {
  const reader = (await ask(path)).body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (text + value).split("\n\n");
    text = parts.pop();
    for (const part of parts) {
      const data = part.split("\n").find((line) => line.startsWith("data: "));
      if (data) see(JSON.parse(data.slice(6)));
    }
  }
}
