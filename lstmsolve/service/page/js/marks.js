// Class: drop answers, and the table of marks grows.

import { cancel, job } from "./api.js";
import { caseBox } from "./casebox.js";
import { fill, field, h, notice, table } from "./dom.js";
import { downloads } from "./result.js";
import { line } from "./weights.js";

const LARGEST = 8 * 2 ** 20;

/** What a class says of each answer while it is marked: the row is there at once, and says why at the end. */
const MARKED = /answers marked: (.*) (right|wrong|unknown|unreadable)$/;

/** Files stay as they are: bytes in base64. */
async function taken(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return { name: file.name, base64: btoa(text) };
}

const why = (answer) => {
  const run = answer.counterexample;
  const told = run ? `fails on ${run.inputs ? run.inputs.map((step) => step.join(":")).join(", ") : "a long run"}: is ${run.actual.join(", ")}, the spec says ${run.expected.map((value) => value ?? "any").join(", ")}` : answer.reason;
  return answer.nearest ? `${told}; right if ${answer.nearest.weight} = ${answer.nearest.value}` : told;
};

export function marksTable(answers, points) {
  const rows = answers.map((answer) => [
    answer.file.replace(/^answers\//, ""),
    h("span", { class: { right: "good", wrong: "bad", unreadable: "bad" }[answer.mark] ?? "open" }, answer.mark),
    why(answer), answer.weights ? h("code", {}, line(answer.weights)) : "", ...(points ? [answer.points ?? "?"] : [])]);
  return table(["answer", "mark", "why", "weights", ...(points ? ["points"] : [])], rows);
}

export function mistakesTable(mistakes) {
  if (!mistakes.length) return null;
  return [h("h3", {}, "Mistakes"), table(["answers", "what is wrong", "nearest", "which"], mistakes.map((found) => [
    String(found.count), found.what, found.nearest ? `${found.nearest.weight} = ${found.nearest.value}` : "", found.files.map((name) => name.replace(/^answers\//, "")).join(", ")]))];
}

export function marksOf(job) {
  const { result } = job;
  if (!result) return h("pre", { class: "complaint" }, job.error ?? job.state);
  return [h("p", { class: "verdict" }, result.reason), downloads(job), mistakesTable(result.mistakes), h("h3", {}, "Answers"),
    marksTable(result.answers, result.answers.some((answer) => "points" in answer))];
}

export function classroom(root) {
  const answers = new Map();
  let running = null, round = 0;
  const box = caseBox("behaviour", (found) => { if (found && answers.size) mark(); });
  const picker = h("input", { type: "file", multiple: true, "aria-label": "Answers", onchange: () => { add([...picker.files]); picker.value = ""; } });
  const points = h("input", { type: "text", size: 8, placeholder: "10,5", onchange: () => answers.size && mark() });
  const status = h("p", { class: "soft", role: "status", "aria-live": "polite" });
  const marks = h("div", { id: "marks" });
  const zone = h("div", { class: "drop", ondragover: (event) => { event.preventDefault(); zone.classList.add("over"); },
    ondragleave: () => zone.classList.remove("over"),
    ondrop: (event) => { event.preventDefault(); zone.classList.remove("over"); add([...event.dataTransfer.files]); } },
    h("p", {}, "Drop answers here: weights or families, in any form, one file each"), picker);

  async function add(files) {
    for (const file of files) {
      if (file.size > LARGEST) notice(`${file.name} is larger than 8 MiB and left out`);
      else answers.set(file.name, await taken(file));
    }
    mark();
  }

  async function mark() {
    if (!answers.size) return;
    const mine = (round += 1);
    if (running) cancel(running).catch(() => {});
    running = null;
    status.textContent = `${answers.size} answers are being marked …`;
    const early = [];
    const grow = (text) => {
      status.textContent = text;
      const [, file, mark] = text.match(MARKED) ?? [];
      if (!mark) return;
      early.push({ file, mark, reason: "" });
      fill(marks, marksTable(early, false));
    };
    try {
      const found = await job("mark", { case: box.text(), answers: [...answers.values()], points: points.value || null }, {
        onstart: (started) => { if (mine === round) running = started.id; else cancel(started.id).catch(() => {}); },
        onsay: ({ text }) => { if (mine === round) grow(text); },
      });
      if (mine !== round) return;
      status.textContent = `${answers.size} answers`;
      fill(marks, marksOf(found));
    } catch (error) {
      if (mine === round) fill(marks, h("pre", { class: "complaint" }, error.message));
    }
  }

  fill(root, h("div", { class: "columns" }, h("div", { class: "stack" }, box.node),
    h("section", { class: "card", "aria-label": "Marks" }, h("h2", {}, "A class's answers"), zone,
      h("div", { class: "row" }, field("Points: right, and one change from right", points),
        h("button", { onclick: () => { answers.clear(); round += 1; fill(marks); status.textContent = ""; } }, "Begin anew")), status, marks)));
}
