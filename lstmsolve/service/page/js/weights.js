// A set of weights: sliders and numbers for each, or a text in any form that the command line reads.

import { ask } from "./api.js";
import { fill, field, h, notice } from "./dom.js";
import { approximate, fromSlider, isNumber, plain } from "./numbers.js";

const GATES = [["f", "forget gate f"], ["i", "input gate i"], ["c", "candidate g"], ["o", "output gate o"]];
const MOST_SLIDERS = 160;
const zeros = (rows, columns) => Array.from({ length: rows }, () => Array(columns).fill("0"));

/** Weights of a case's cell with so many units, all zero but those that the case fixes. */
export function blank(read, hidden) {
  const cell = { ...read.cell, hidden };
  const weights = {};
  for (const [gate] of GATES) {
    weights[`w_${gate}`] = zeros(hidden, cell.inputs);
    weights[`u_${gate}`] = zeros(hidden, hidden);
    weights[`b_${gate}`] = Array(hidden).fill("0");
  }
  const record = { format: "lstmsolve/weights/1", cell, weights };
  if (read.outputs) record.readout = { V: zeros(read.outputs, hidden), d: Array(read.outputs).fill("0") };
  for (const [name, value] of Object.entries(read.fixed)) {
    const found = places(record).find((place) => place.name === name || place.short === name);
    if (found) found.set(value);
  }
  return record;
}

export const fits = (record, read, hidden) =>
  record && ["inputs", "gate", "candidate", "output"].every((key) => record.cell[key] === read.cell[key]) &&
  record.cell.hidden === hidden && (record.readout?.d.length ?? null) === read.outputs;

function row(list, place) {
  return { get: () => (Array.isArray(list) ? list[place] : list[place] ?? "0"), set: (value) => { list[place] = value; } };
}

/** Every weight by name, to read and to set. A row may be a list, or a table of what is not zero. */
export function places(record) {
  const { inputs, hidden } = record.cell;
  const found = [];
  const add = (gate, matrix, list, unit, column, single) => {
    const name = column === null ? `${matrix}[${unit}]` : `${matrix}[${unit},${column}]`;
    found.push({ gate, name, short: single ? matrix : name, ...row(list, column ?? unit) });
  };
  for (const [gate] of GATES) {
    for (const [letter, width] of [["w", inputs], ["u", hidden], ["b", 0]]) {
      const matrix = `${letter}_${gate}`;
      for (let unit = 0; unit < hidden; unit += 1) {
        if (letter === "b") add(gate, matrix, record.weights[matrix], unit, null, hidden === 1);
        else for (let column = 0; column < width; column += 1) add(gate, matrix, record.weights[matrix][unit], unit, column, hidden === 1 && width === 1);
      }
    }
  }
  if (record.readout) {
    const outputs = Array.isArray(record.readout.d) ? record.readout.d.length : 0;
    for (let k = 0; k < outputs; k += 1) {
      for (let unit = 0; unit < hidden; unit += 1) add("V", "V", record.readout.V[k], k, unit, outputs === 1 && hidden === 1);
      add("V", "d", record.readout.d, k, null, outputs === 1);
    }
  }
  return found;
}

/** All that are not zero, in one line. */
export function line(record) {
  const told = places(record).filter((place) => approximate(place.get()) !== 0).map((place) => `${place.short}=${place.get()}`);
  return told.length ? `${told.join(", ")}, the rest 0` : "all 0";
}

/** The panel; `onchange` is called after each change that makes sense. */
export function weightsPanel(onchange) {
  let record = null;
  const grid = h("div", { class: "weights" });
  const text = h("textarea", { rows: 3, spellcheck: "false", placeholder: "b_f = 1, w_o = -1, or JSON, TOML, CSV, …" });
  const said = h("p", { class: "soft", "aria-live": "polite" });
  const use = h("button", { disabled: true, onclick: readText }, "Use these");
  let controls = new Map();
  let caseText = () => "";

  function draw() {
    controls = new Map();
    const all = places(record);
    if (all.length > MOST_SLIDERS) {
      fill(grid, h("p", { class: "gate soft" }, `${all.length} weights are too many for sliders; give them as a text.`));
      return;
    }
    fill(grid, [...GATES, ["V", "output layer"]].map(([gate, title]) => {
      const mine = all.filter((place) => place.gate === gate);
      return mine.length ? [h("div", { class: `gate gate-${gate}` }, title), mine.map(controlsOf)] : null;
    }));
  }

  function controlsOf(place) {
    const slider = h("input", { type: "range", min: -4, max: 4, step: 0.25, "aria-label": `${place.short}, slider`, oninput: () => set(fromSlider(slider.value), slider) });
    const number = h("input", { type: "text", inputmode: "decimal", "aria-label": place.short, oninput: () => set(number.value, number), onkeydown: nudge });

    function set(value, source) {
      if (!isNumber(value)) {
        number.setAttribute("aria-invalid", "true");
        return;
      }
      number.removeAttribute("aria-invalid");
      place.set(plain(value));
      if (source !== slider) slider.value = approximate(value);
      if (source !== number) number.value = place.get();
      if (source) onchange(record);
    }

    function nudge(event) {
      const step = { ArrowUp: 0.25, ArrowDown: -0.25 }[event.key];
      if (!step) return;
      event.preventDefault();
      number.value = String(Math.round((approximate(place.get()) + step) * 4) / 4);
      set(number.value, number);
    }

    number.value = place.get();
    slider.value = approximate(place.get());
    controls.set(place.name, (value) => set(value, null));
    return [h("label", {}, place.short), slider, number];
  }

  async function readText() {
    try {
      const found = await ask("read", { case: caseText(), weights: text.value });
      show(found.weights);
      said.textContent = found.repairs.join("; ");
      onchange(record);
    } catch (error) {
      said.textContent = error.message;
    }
  }

  function show(found) {
    record = structuredClone(found);
    use.disabled = false;
    draw();
  }

  return {
    node: h("section", { class: "card", "aria-label": "Weights" }, h("h2", {}, "Weights"), grid,
      h("details", {}, h("summary", {}, "Give them as a text"), field("Weights in any form", text),
        use, " ",
        h("button", { onclick: () => { text.value = JSON.stringify(record, null, 1); notice("the weights are in the text"); } }, "Show mine as a text")), said),
    show,
    /** One weight by its name, as the nearest change says it. */
    change(name, value) {
      const place = places(record).find((each) => each.name === name || each.short === name);
      if (!place) return;
      place.set(value);
      controls.get(place.name)?.(value);
      onchange(record);
    },
    record: () => record,
    forCase(read) { caseText = read; },
  };
}
