// Jobs: what ran, each with a page of its own and a link to share.

import { ask, cancel, followed } from "./api.js";
import { derivation } from "./derive.js";
import { fill, h, notice, table } from "./dom.js";
import { marksOf } from "./marks.js";
import { outcome } from "./result.js";
import { regionText } from "./region.js";
import { usePlay } from "./solve.js";

const when = (seconds) => new Date(seconds * 1000).toLocaleString();

export async function jobs(root) {
  try {
    const found = await ask("jobs");
    const rows = found.map((job) => [h("a", { href: `#job/${job.id}` }, `${job.verb} ${job.case}`), job.state, job.verdict ?? "", when(job.created)]);
    fill(root, h("section", { class: "card" }, h("h2", {}, "What ran, the newest first"),
      rows.length ? table(["job", "state", "verdict", "asked"], rows) : h("p", { class: "soft" }, "Nothing yet from this browser.")));
  } catch (error) {
    fill(root, h("pre", { class: "complaint" }, error.message));
  }
}

async function shown(job) {
  if (job.result && job.verb === "mark") return marksOf(job);
  if (job.result && job.verb === "derive") return derivation(job);
  if (job.result && job.verb === "region") return regionText(job);
  return outcome(job, { use: usePlay });
}

export function onejob(root, id) {
  const log = h("ol", { class: "log", "aria-live": "polite", "aria-label": "What goes on" });
  const head = h("div"), body = h("div", { "aria-live": "polite" });
  fill(root, h("section", { class: "card" }, head, log, body));
  const controller = new AbortController();
  const act = (work) => async () => {
    try { await work(); } catch (error) { notice(error.message); }
  };
  function describe(job) {
    fill(head, h("h2", {}, `${job.verb} ${job.case}: ${job.state}`),
      h("p", {}, h("code", {}, job.command)),
      h("p", { class: "soft" }, `asked ${when(job.created)}${job.ended ? `, ended ${when(job.ended)}` : ""}${job.reused ? ", answered before" : ""}`),
      h("div", { class: "row" },
        h("button", { onclick: act(async () => { await navigator.clipboard.writeText(location.href); notice("the link is copied"); }) }, "Copy the link"),
        h("button", { onclick: act(async () => { location.hash = `#job/${(await ask(`jobs/${id}/again`, {})).id}`; }) }, "Ask again"),
        job.ended ? null : h("button", { onclick: act(() => cancel(id)) }, "Stop")));
  }
  run();
  return () => controller.abort();

  async function run() {
    try {
      const found = await followed(await ask(`jobs/${id}`), { onstart: describe, signal: controller.signal, onsay: ({ seconds, text }) => log.append(h("li", {}, `${seconds.toFixed(1)} s: ${text}`)) });
      describe(found);
      fill(body, await shown(found));
    } catch (error) {
      if (error.name !== "AbortError") fill(body, h("pre", { class: "complaint" }, error.message));
    }
  }
}
