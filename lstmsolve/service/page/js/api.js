// The service, as the page asks it. Addresses are relative, so that a reverse proxy may offer it below a path.

import { save } from "./dom.js";

function remembered(store, key, make) {
  try {
    const found = store.getItem(key) ?? make();
    if (found) store.setItem(key, found);
    return found;
  } catch {
    return make();  // storage is switched off
  }
}

const client = remembered(localStorage, "lstmsolve-client", () => crypto.randomUUID?.() ?? String(Math.random()).slice(2));
let token = remembered(sessionStorage, "lstmsolve-token", () => "");

export function useToken(found) {
  token = found;
  try { sessionStorage.setItem("lstmsolve-token", found); } catch { /* it is asked for again */ }
}

/** Why there is no answer: its status, a sentence, and complaints about what was given. */
export class Refusal extends Error {
  constructor(status, error, complaints) {
    super(error);
    this.status = status;
    this.complaints = complaints ?? [];
  }
}

async function send(path, body, signal) {
  const headers = { "lstmsolve-client": client };
  if (token) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const options = { headers, signal, method: body === undefined ? "GET" : "POST", body: body === undefined ? undefined : JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(`api/${path}`, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "the service does not answer");
  }
  if (answer.status === 401) {
    const given = prompt("This service asks for a token. Whoever runs it has it:");
    if (given) {
      useToken(given.trim());
      return send(path, body, signal);
    }
  }
  return answer;
}

async function refused(answer) {
  let found = {};
  try { found = await answer.json(); } catch { /* it says nothing */ }
  return new Refusal(answer.status, found.error ?? `status ${answer.status}`, found.complaints);
}

export async function ask(path, body, signal) {
  const answer = await send(path, body, signal);
  if (!answer.ok) throw await refused(answer);
  return answer.json();
}

/** Save what is at an address. */
export async function download(path, body) {
  const answer = await send(path, body);
  if (!answer.ok) throw await refused(answer);
  const named = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "");
  save(named?.[1] ?? "download", await answer.blob());
}

export async function file(id, name) {
  const answer = await send(`jobs/${id}/files/${name}`);
  if (!answer.ok) throw await refused(answer);
  return answer.text();
}

export const cancel = (id) => ask(`jobs/${id}/cancel`, {});

/** Ask for a job; what it says goes to `onsay`. The job with its result, whatever its end. */
export async function job(verb, body, { onstart, onsay, signal } = {}) {
  return followed(await asked(verb, body, signal), { onstart, onsay, signal });
}

async function asked(verb, body, signal) {
  const answer = await send(verb, body, signal);
  if (!answer.ok) throw await refused(answer);
  return answer.json();
}

/** A job to its end. */
export async function followed(job, { onstart, onsay, signal } = {}) {
  onstart?.(job);
  if (job.state === "queued" || job.state === "running") await listen(job.id, onsay, signal);
  for (;;) {
    const found = await ask(`jobs/${job.id}?wait=30`, undefined, signal);
    if (found.state !== "queued" && found.state !== "running") return found;
  }
}

/** Server-sent events by fetch, since an EventSource shows no token. */
async function listen(id, onsay, signal) {
  const answer = await send(`jobs/${id}/events`, undefined, signal);
  if (!answer.ok) throw await refused(answer);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const found = /^event: progress\ndata: (.*)$/s.exec(event);
      if (found) onsay?.(JSON.parse(found[1]));
    }
  }
}
