// A run: a table of all its numbers, and a picture with the gates lit.

import { fill, h, s } from "./dom.js";
import { approximate, shown } from "./numbers.js";

const STEP = 44, LEFT = 34, HEIGHT = 110, LAMP = 20;
const MOST_DRAWN = 400;

/** Is each step right? The service says it; null where it does not. */
const verdicts = (run) => run.trace.c.map((_, n) => (n === run.failing ? false : run.right?.[n] ?? null));

export function runTable(run, now, onstep) {
  const { trace } = run;
  const right = verdicts(run);
  const registers = Object.keys(run.registers?.[0] ?? {});
  const layer = trace.z ? ["z"] : [];
  const header = ["step", "x", ...registers, "f", "i", "g", "o", "c", "h", ...layer, run.owed ? "owed" : null].filter((name) => name !== null);
  const many = (values) => values.map(shown).join(", ");
  return h("div", { class: "scroll" }, h("table", { class: "run" },
    h("thead", {}, h("tr", {}, header.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, trace.c.slice(0, MOST_DRAWN).map((_, n) => h("tr", { class: n === now ? "now" : null, "aria-current": n === now ? "step" : null, onclick: () => onstep?.(n) },
      h("th", { scope: "row", class: "number" }, String(n)), h("td", { class: "number" }, many(trace.inputs?.[n] ?? run.inputs[n])),
      registers.map((name) => h("td", { class: "number" }, shown(run.registers[n]?.[name]))),
      ["f", "i", "g", "o", "c", "h", ...layer].map((name) => h("td", { class: "number" }, many(trace[name][n]))),
      run.owed ? h("td", { class: `number ${right[n] === false ? "bad" : right[n] ? "good" : ""}` }, owedText(run, n), right[n] === false ? " ✗" : right[n] ? " ✓" : "") : null)))));
}

const owedText = (run, n) => (run.owed[n] ? run.owed[n].map(shown).join(", ") : "nothing");

/** x, the gates, c, h and what is owed of one unit, step by step. */
export function runPicture(run, unit, now, onstep) {
  const { trace } = run;
  const steps = Math.min(trace.c.length, MOST_DRAWN);
  const right = verdicts(run);
  const out = trace.z ? trace.z.map((row) => row[Math.min(unit, row.length - 1)]) : trace.h.map((row) => row[unit]);
  const owed = run.owed ? run.owed.map((row) => row?.[unit] ?? null) : [];
  const curves = { c: trace.c.map((row) => row[unit]), h: out };
  const values = [...curves.c, ...curves.h, ...owed].map(approximate).filter(Number.isFinite);
  const low = Math.min(0, ...values), high = Math.max(1, ...values);
  const x = (n) => LEFT + n * STEP + STEP / 2;
  const top = 26 + 4 * (LAMP + 4) + 10;
  const y = (value) => top + HEIGHT - ((approximate(value) - low) / (high - low || 1)) * HEIGHT;
  const width = Math.max(LEFT + steps * STEP + 8, 180), height = top + HEIGHT + 34;
  const path = (list) => list.slice(0, steps).map((value, n) => `${n ? "L" : "M"}${x(n)},${y(value).toFixed(1)}`).join("");
  const lamps = ["f", "i", "g", "o"].map((gate, place) => {
    const at = 26 + place * (LAMP + 4);
    return [s("text", { x: 8, y: at + 14 }, gate), trace[gate].slice(0, steps).map((row, n) => {
      const value = Math.max(0, Math.min(1, Math.abs(approximate(row[unit]))));
      return s("rect", { class: `lamp ${gate}`, x: x(n) - LAMP / 2, y: at, width: LAMP, height: LAMP, rx: 4, "fill-opacity": value.toFixed(2) },
        s("title", {}, `step ${n}: ${gate} = ${shown(row[unit])}`));
    })];
  });
  const told = `A run of ${trace.c.length} steps: x, gates f, i, g and o, c, h${run.owed ? " and what is owed" : ""}. The table has the numbers.`;
  return h("div", { class: "chart" }, s("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": told },
    now === null || now === undefined ? null : s("rect", { class: "now", x: x(now) - STEP / 2, y: 0, width: STEP, height }),
    s("text", { x: 8, y: 16 }, "x"),
    Array.from({ length: steps }, (_, n) => s("text", { x: x(n), y: 16, "text-anchor": "middle" }, (trace.inputs?.[n] ?? run.inputs[n]).map(shown).join(":").slice(0, 7))),
    lamps,
    s("line", { class: "axis", x1: LEFT, x2: width, y1: y(0), y2: y(0) }), s("text", { x: 8, y: y(0) + 4 }, "0"),
    high > 0 ? s("text", { x: 8, y: y(high) + 4 }, String(Number(high.toPrecision(3)))) : null,
    s("path", { class: "c", d: path(curves.c) }), s("path", { class: "h", d: path(curves.h) }),
    curves.c.slice(0, steps).map((value, n) => s("rect", { class: "cdot", x: x(n) - 3, y: y(value) - 3, width: 6, height: 6 }, s("title", {}, `step ${n}: c = ${shown(value)}`))),
    owed.slice(0, steps).map((value, n) => (value === null ? null : s("circle", { class: "owed", cx: x(n), cy: y(value), r: 8 }, s("title", {}, `step ${n}: owed ${shown(value)}`)))),
    curves.h.slice(0, steps).map((value, n) => s("circle", { class: `hdot ${right[n] === false ? "bad" : ""}`, cx: x(n), cy: y(value), r: 4.5 }, s("title", {}, `step ${n}: ${trace.z ? "z" : "h"} = ${shown(value)}`))),
    Array.from({ length: steps }, (_, n) => s("rect", { x: x(n) - STEP / 2, y: 0, width: STEP, height, "fill-opacity": 0, onclick: () => onstep?.(n) })),
    s("rect", { class: "cdot", x: LEFT, y: height - 13, width: 7, height: 7 }), s("text", { x: LEFT + 12, y: height - 5 }, "c"),
    s("circle", { class: "hdot", cx: LEFT + 37, cy: height - 9, r: 4.5 }), s("text", { x: LEFT + 46, y: height - 5 }, trace.z ? "z" : "h"),
    run.owed ? [s("circle", { class: "owed", cx: LEFT + 75, cy: height - 9, r: 6 }), s("text", { x: LEFT + 86, y: height - 5 }, "owed")] : null));
}

/** A counterexample as a run. */
export function counterexampleRun(found) {
  return { trace: found.trace, inputs: found.inputs, registers: found.registers, owed: found.owed, right: found.right, failing: found.step };
}

/** Picture and table together, stepped through by buttons and arrow keys. */
export function steppedRun(run, { unit = 0, start = null, label = "Run" } = {}) {
  const node = h("div", { role: "group", "aria-label": label });
  const last = run.trace.c.length - 1;
  let now = start;
  const step = (n) => { now = Math.max(0, Math.min(last, n)); draw(); };
  const buttons = h("div", { class: "row", onkeydown: (event) => {
    const to = { ArrowLeft: (now ?? 0) - 1, ArrowRight: (now ?? -1) + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    step(to);
  } },
  h("button", { onclick: () => step((now ?? 1) - 1), "aria-label": "a step back" }, "◀"),
  h("button", { onclick: () => step((now ?? -1) + 1), "aria-label": "a step on" }, "▶"));
  const where = h("span", { class: "soft", "aria-live": "polite" });
  buttons.append(where);
  const picture = h("div"), numbers = h("div");
  const units = run.trace.c[0]?.length ?? 0;
  if (units > 1) {
    const chooser = h("select", { "aria-label": "Unit that is drawn", onchange: () => { unit = Number(chooser.value); draw(); } },
      Array.from({ length: Math.min(units, 64) }, (_, k) => h("option", { value: k }, `unit ${k}`)));
    buttons.append(chooser);
  }
  function draw() {
    fill(picture, runPicture(run, unit, now, step));
    fill(numbers, runTable(run, now, step));
    where.textContent = now === null ? `${last + 1} steps` : `step ${now} of 0 to ${last}`;
  }
  draw();
  fill(node, buttons, picture, numbers);
  return node;
}
