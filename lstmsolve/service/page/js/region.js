// Region: all weights that work, and slices of them in two weights with a point to drag.

import { ask, cancel, file, job } from "./api.js";
import { caseBox } from "./casebox.js";
import { fill, field, h, later, notice, s, select } from "./dom.js";
import { approximate, isNumber, plain } from "./numbers.js";
import { downloads, verdictLine } from "./result.js";
import { runner, usePlay } from "./solve.js";
import { line, places } from "./weights.js";

const SIZE = 420;

export function regionText(job) {
  const { region } = job.result ?? {};
  if (!region) return [verdictLine(job), h("p", {}, job.result?.reason ?? job.error)];
  const { polyhedra, others } = region;
  return [
    h("p", {}, job.result.reason),
    polyhedra ? polyhedra.map((rows, place) => [h("h3", {}, polyhedra.length > 1 ? `Piece ${place + 1} of ${polyhedra.length}` : "The conditions"), h("pre", {}, rows.join("\n"))]) : h("p", {}, "There are too many pieces to list."),
    others.weights ? h("p", {}, "Others work too: ", h("code", {}, line(others.weights))) : null,
    downloads(job),
  ];
}

export function region(root) {
  let read = null;
  const box = caseBox("behaviour", (found) => { read = found; begin.disabled = !found; });
  const slice = h("div");
  const others = h("input", { type: "checkbox" });
  const work = runner(async (found) => {
    if (found.files["region.toml"] !== undefined) await showSlice(found);
    return regionText(found);
  });
  const begin = h("button", { class: "main", disabled: true, onclick: () => {
    fill(slice);
    if (read) work.start("region", { case: box.text(), others: others.checked });
  } }, "Find the region");

  async function showSlice(found) {
    const family = await file(found.id, "region.toml");
    const text = box.text();
    const solved = await job("solve", { case: text, hidden: found.result.region.hidden, timeout: 30 });
    if (!solved.result?.weights) return;
    fill(slice, slicer(text, family, solved.result.weights));
  }

  fill(root, h("div", { class: "columns" },
    h("div", { class: "stack" }, box.node),
    h("div", { class: "stack" },
      h("section", { class: "card", "aria-label": "Region" }, h("h2", {}, "All weights that work"),
        h("p", { class: "row" }, begin, work.stop, h("label", {}, others, " ask as well whether others work")), work.log),
      slice, h("section", { class: "card", "aria-label": "What was found" }, work.shown))));
}

/** Two weights vary, the others stay; the point is judged wherever it is dragged. */
function slicer(text, family, start) {
  const record = structuredClone(start);
  const all = places(record);
  const named = all.map((place) => [place.name, place.short]);
  const pick = (short) => all.find((place) => place.short === short)?.name;
  const across = select(named, pick("w_o") ?? pick("w_o[0,0]") ?? all[0].name, () => cut());
  const upward = select(named, pick("b_o") ?? pick("b_o[0]") ?? all[1].name, () => cut());
  const value = { across: h("input", { type: "text", size: 7 }), upward: h("input", { type: "text", size: 7 }) };
  const drawing = h("div"), verdict = h("div", { "aria-live": "polite" }), weights = h("p", { class: "soft" });
  const place = (chooser) => all.find((each) => each.name === chooser.value);
  let edge = 4, pieces = [], judged = 0, running = null;

  for (const [name, chooser] of [["across", () => across], ["upward", () => upward]]) {
    value[name].addEventListener("change", () => isNumber(value[name].value) && (place(chooser()).set(plain(value[name].value)), moved()));
  }

  async function cut() {
    if (across.value === upward.value) {
      notice("choose two different weights");
      return;
    }
    try {
      const found = await ask("slice", { case: text, family, weights: record, across: across.value, upward: upward.value });
      edge = approximate(found.edge);
      pieces = found.pieces.map((piece) => piece.map(([x, y]) => [approximate(x), approximate(y)]));
      moved();
    } catch (error) {
      fill(drawing, h("pre", { class: "complaint" }, error.message));
    }
  }

  function moved() {
    for (const [name, chooser] of [["across", across], ["upward", upward]]) value[name].value = place(chooser).get();
    weights.textContent = line(record);
    draw();
    judged += 1;
    if (running) cancel(running).catch(() => {});
    running = null;
    fill(verdict, h("p", { class: "verdict open" }, "looking at all lengths …"));
    judge();
  }

  const judge = later(300, async () => {
    const mine = judged;
    try {
      const found = await job("verify", { case: text, weights: record, timeout: 10 }, {
        onstart: (started) => { if (mine === judged) running = started.id; else cancel(started.id).catch(() => {}); },
      });
      if (mine !== judged) return;
      drawing.querySelector(".point")?.classList.toggle("inside", found.verdict === "proved");
      fill(verdict, verdictLine(found), h("p", {}, found.result?.reason ?? found.error));
    } catch (error) {
      if (mine === judged) fill(verdict, h("pre", { class: "complaint" }, error.message));
    }
  });

  function to(x, y) {
    const near = (number) => String(Math.max(-edge, Math.min(edge, Math.round(number * 4) / 4)));
    place(across).set(near(x));
    place(upward).set(near(y));
    moved();
  }

  function draw() {
    const at = (number) => number;
    const x = approximate(place(across).get()), y = approximate(place(upward).get());
    const point = s("circle", { class: "point", cx: x, cy: -y, r: edge / 28, "stroke-width": edge / 100, tabindex: 0, role: "slider",
      "aria-label": `the point: ${across.selectedOptions[0].text} and ${upward.selectedOptions[0].text}, moved by arrow keys`,
      "aria-valuetext": `${place(across).get()}, ${place(upward).get()}`, "aria-valuenow": x, onkeydown: keyed });
    const focused = drawing.contains(document.activeElement);
    const svg = s("svg", { width: SIZE, height: SIZE, viewBox: `${-edge} ${-edge} ${2 * edge} ${2 * edge}`, role: "group", "aria-label": "The slice: green is the region",
      onpointerdown: dragged, onpointermove: (event) => event.buttons && dragged(event) },
      s("rect", { x: -edge, y: -edge, width: 2 * edge, height: 2 * edge, "fill-opacity": 0 }),
      Array.from({ length: 2 * edge + 1 }, (_, k) => k - edge).map((k) => [
        s("line", { class: "grid", x1: k, x2: k, y1: -edge, y2: edge, "stroke-opacity": k === 0 ? 1 : 0.35 }),
        s("line", { class: "grid", y1: k, y2: k, x1: -edge, x2: edge, "stroke-opacity": k === 0 ? 1 : 0.35 })]),
      pieces.map((piece) => piece.length > 2 ? s("polygon", { class: "piece", points: piece.map(([px, py]) => `${at(px)},${-at(py)}`).join(" ") })
        : piece.length === 2 ? s("line", { class: "line", x1: piece[0][0], y1: -piece[0][1], x2: piece[1][0], y2: -piece[1][1] })
        : s("circle", { class: "piece", cx: piece[0][0], cy: -piece[0][1], r: edge / 40 })),
      point);
    function dragged(event) {
      const box = svg.getBoundingClientRect();
      to(((event.clientX - box.left) / box.width) * 2 * edge - edge, edge - ((event.clientY - box.top) / box.height) * 2 * edge);
    }
    fill(drawing, svg);
    if (focused) point.focus();
  }

  function keyed(event) {
    const step = { ArrowLeft: [-0.25, 0], ArrowRight: [0.25, 0], ArrowUp: [0, 0.25], ArrowDown: [0, -0.25] }[event.key];
    if (!step) return;
    event.preventDefault();
    to(approximate(place(across).get()) + step[0], approximate(place(upward).get()) + step[1]);
  }

  cut();
  return h("section", { class: "card", "aria-label": "Slice" }, h("h2", {}, "A slice in two weights"),
    h("p", { class: "soft" }, "Green: the region, from −4 to 4; the other weights stay. Drag the point, or move it by arrow keys."),
    h("div", { class: "row" }, field("Across", across), field("is", value.across), field("Upward", upward), field("is", value.upward)),
    drawing, verdict, weights, h("button", { onclick: () => usePlay(record) }, "Play with these weights"));
}
