// Play: move weights, see the run at once, and in the background whether they are right for all lengths.

import { ask, cancel, job } from "./api.js";
import { caseBox } from "./casebox.js";
import { fill, field, h, later, notice } from "./dom.js";
import { outcome } from "./result.js";
import { steppedRun } from "./run.js";
import { blank, fits, line, weightsPanel } from "./weights.js";

const VERIFY_SECONDS = 10;
const NEAREST_SECONDS = 30;

/** What is played with, also when the page shows something else in between. */
const kept = { record: null, inputs: null };

export function keepWeights(record) {
  kept.record = record;
}

/** Inputs that a case allows, to begin with. */
function someInputs(read) {
  const values = read.inputs.map((input) => {
    if (input.kind === "choice") return input.values;
    const low = Number(input.low ?? (input.high === null ? -1 : Number(input.high) - 2));
    const high = Number(input.high ?? low + 3);
    return input.kind === "real" ? [low, (low + high) / 2, high] : Array.from({ length: Math.min(4, high - low + 1) }, (_, k) => low + k);
  });
  const order = [1, 0, 1, 2, 0, 3, 1, 0];
  return order.map((pick) => values.map((list) => list[pick % list.length]).join(":")).join(",");
}

export function play(root) {
  let read = null, hidden = 1, simulating = false, again = false, running = null, shownVerdict = 0;
  const box = caseBox("behaviour", onread);
  const panel = weightsPanel(changed);
  panel.forCase(box.text);
  const units = h("input", { type: "number", min: 1, max: 64, value: 1, onchange: () => resize(Number(units.value)) });
  const inputs = h("input", { type: "text", size: 40, spellcheck: "false", oninput: () => { kept.inputs = inputs.value; redraw(); } });
  const weightLine = h("p", { class: "soft" });
  const run = h("div", { id: "run" });
  const verdict = h("div", { id: "verdict", "aria-live": "polite" });
  const near = h("div", { "aria-live": "polite" });

  function onread(found) {
    const before = read;
    read = found;
    if (!read) {
      stopVerifying();
      fill(verdict, h("p", { class: "soft" }, "The case does not read yet."));
      return;
    }
    hidden = read.hidden ?? Math.max(read.least_hidden, fits(kept.record, read, kept.record?.cell.hidden) ? kept.record.cell.hidden : 0);
    units.value = hidden;
    units.disabled = read.hidden !== null;
    if (!before || kept.inputs === null || before.name !== read.name) inputs.value = kept.inputs = someInputs(read);
    panel.show(fits(kept.record, read, hidden) ? kept.record : blank(read, hidden));
    changed(panel.record());
  }

  function resize(wanted) {
    if (!read || !(wanted >= read.least_hidden && wanted <= 64)) {
      notice(`this case takes ${read?.least_hidden ?? 1} to 64 units here`);
      return;
    }
    hidden = wanted;
    panel.show(blank(read, hidden));
    changed(panel.record());
  }

  function changed(record) {
    kept.record = record;
    weightLine.textContent = line(record);
    fill(near);
    redraw();
    stopVerifying();
    verifySoon();
  }

  /** One run at a time; whatever has changed meanwhile is drawn next. */
  async function redraw() {
    if (!read) return;
    if (simulating) {
      again = true;
      return;
    }
    simulating = true;
    do {
      again = false;
      try {
        const arithmetic = read.exact ? "exact" : "float64";
        const found = await ask("simulate", { case: box.text(), weights: panel.record(), inputs: inputs.value, arithmetic });
        inputs.removeAttribute("aria-invalid");
        // Of a run in floats nothing is said to be right: it is there to be looked at.
        const right = read.exact ? found.right : undefined;
        fill(run, steppedRun({ trace: found.trace, registers: found.registers, owed: found.owed, right }), read.exact ? null : h("p", { class: "soft" }, "Drawn in float64; the verdict is not."));
      } catch (error) {
        inputs.setAttribute("aria-invalid", "true");
        fill(run, h("pre", { class: "complaint" }, error.message));
      }
    } while (again);
    simulating = false;
  }

  function stopVerifying() {
    shownVerdict += 1;
    if (running) cancel(running).catch(() => {});
    running = null;
  }

  const verifySoon = later(350, () => verifyNow());
  async function verifyNow() {
    if (!read) return;
    const mine = (shownVerdict += 1);
    fill(verdict, h("p", { class: "verdict open" }, "looking at all lengths …"));
    try {
      const found = await job("verify", { case: box.text(), weights: panel.record(), timeout: VERIFY_SECONDS }, {
        onstart: (started) => { if (mine === shownVerdict) running = started.id; else cancel(started.id).catch(() => {}); },
      });
      if (mine !== shownVerdict) return;
      running = null;
      fill(verdict, outcome(found), found.result?.counterexample ? h("p", {}, h("button", { onclick: () => useRun(found.result.counterexample) }, "Draw this run above")) : null);
      if (found.result?.verdict === "refuted") fill(near, h("button", { onclick: findNearest }, "What is the nearest change that works?"));
    } catch (error) {
      if (mine === shownVerdict) fill(verdict, h("pre", { class: "complaint" }, error.message));
    }
  }

  function useRun(found) {
    inputs.value = kept.inputs = found.inputs.map((step) => step.join(":")).join(",");
    redraw();
    inputs.focus();
  }

  async function findNearest() {
    const mine = shownVerdict;
    fill(near, h("p", { class: "soft" }, "looking for the nearest change …"));
    try {
      const found = await job("verify", { case: box.text(), weights: panel.record(), timeout: NEAREST_SECONDS, nearest: true });
      if (mine !== shownVerdict) return;
      const change = found.result?.nearest;
      fill(near, change ? h("p", {}, "The nearest change that works: ", h("code", {}, `${change.weight} = ${change.value}`), " ",
        h("button", { onclick: () => panel.change(change.weight, change.value) }, "Make it")) : h("p", {}, found.result ? "No single change was found that would do." : found.error));
    } catch (error) {
      if (mine === shownVerdict) fill(near, h("pre", { class: "complaint" }, error.message));
    }
  }

  fill(root, h("div", { class: "columns" },
    h("div", { class: "stack" }, box.node, panel.node),
    h("div", { class: "stack" },
      h("section", { class: "card", "aria-label": "Run" }, h("h2", {}, "The run"),
        h("div", { class: "row" }, field("Inputs: steps between commas, columns between colons", inputs), field("Units", units)), weightLine, run),
      h("section", { class: "card", "aria-label": "Verdict" }, h("h2", {}, "All lengths"), verdict, near))));
  return stopVerifying;
}


