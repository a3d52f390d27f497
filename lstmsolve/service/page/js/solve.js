// Solve: weights for a case, with what goes on meanwhile, a stop, and the proof to take home.

import { cancel, job } from "./api.js";
import { caseBox } from "./casebox.js";
import { fill, field, h, select } from "./dom.js";
import { keepWeights } from "./play.js";
import { outcome } from "./result.js";

export function usePlay(record) {
  keepWeights(record);
  location.hash = "#play";
}

/** A job with its progress and a stop; `show` draws its end. */
export function runner(show) {
  const log = h("ol", { class: "log", "aria-live": "polite", "aria-label": "What goes on" });
  const stop = h("button", { disabled: true, onclick: () => running && cancel(running) }, "Stop");
  const shown = h("div", { "aria-live": "polite" });
  let running = null;
  async function start(verb, body) {
    fill(log);
    fill(shown, h("p", { class: "verdict open" }, "asked …"));
    try {
      const found = await job(verb, body, {
        onstart: (started) => {
          running = started.id;
          stop.disabled = false;
          fill(shown, h("p", { class: "soft" }, started.before ? `${started.before} jobs are before it. ` : "", h("a", { href: `#job/${started.id}` }, "This job's own page")));
        },
        onsay: ({ seconds, text }) => {
          log.append(h("li", {}, `${seconds.toFixed(1)} s: ${text}`));
          log.scrollTop = log.scrollHeight;
        },
      });
      fill(shown, await show(found), h("p", { class: "soft" }, h("a", { href: `#job/${found.id}` }, "This job's own page"), found.reused ? ", answered before" : ""));
      return found;
    } catch (error) {
      fill(shown, h("pre", { class: "complaint" }, error.message));
      return null;
    } finally {
      running = null;
      stop.disabled = true;
    }
  }
  return { log, stop, shown, start };
}

export function solve(root) {
  let read = null;
  const box = caseBox("behaviour", (found) => { read = found; begin.disabled = !found; });
  const hidden = h("input", { type: "number", min: 1, max: 20000, placeholder: "as it says" });
  const timeout = h("input", { type: "number", min: 1, max: 600, value: 60 });
  const objective = select([["simplest", "the simplest weights"], ["tolerant", "weights that may move most"], ["first", "the first that are found"]]);
  const engine = select([["auto", "every way"], ["linear", "z3, maps from a list"], ["nonlinear", "z3, any maps"], ["scipy", "in floats, then rounded"], ["construct", "from the automaton, no search"]]);
  const arithmetic = select([["exact", "fractions"], ["float32", "float32"], ["float16", "float16"], ["bfloat16", "bfloat16"]]);
  const work = runner((found) => outcome(found, { use: usePlay }));
  const begin = h("button", { class: "main", disabled: true, onclick: () => read && work.start("solve", {
    case: box.text(), hidden: hidden.value ? Number(hidden.value) : null, timeout: Number(timeout.value) || 60,
    objective: objective.value, engine: engine.value, arithmetic: arithmetic.value }) }, "Solve");
  fill(root, h("div", { class: "columns" },
    h("div", { class: "stack" }, box.node),
    h("section", { class: "card", "aria-label": "Solve" }, h("h2", {}, "Find weights, with a proof"),
      h("div", { class: "row" }, field("Units", hidden), field("Seconds", timeout), field("Look for", objective), field("How", engine), field("Right in", arithmetic)),
      h("p", { class: "row" }, begin, work.stop), work.log, work.shown)));
}
