// Results as people read them, with everything that can be done with them.

import { download, file } from "./api.js";
import { h, notice, select, table } from "./dom.js";
import { form } from "./numbers.js";
import { counterexampleRun, steppedRun } from "./run.js";
import { line } from "./weights.js";

const GOOD = ["solved", "proved", "accepted", "exact", "sound", "holds"];
const BAD = ["refuted", "impossible", "rejected", "unsound", "fails"];

export const mood = (verdict) => (GOOD.includes(verdict) ? "good" : BAD.includes(verdict) ? "bad" : "open");

export function verdictLine(job) {
  const { result } = job;
  if (!result) return h("p", { class: `verdict ${job.state === "failed" ? "bad" : "open"}` }, job.state);
  const words = { proved: "right for all lengths", refuted: "wrong" };
  const verdict = result.verdict ?? "found";
  return h("p", {}, h("span", { class: `verdict ${mood(result.verdict)}` }, verdict, words[verdict] ? `: ${words[verdict]}` : ""));
}

/** The refinement map of a certificate: what each mode says of registers, c and h. */
export function mapTable(certificate) {
  const modes = Object.entries(certificate.modes ?? {});
  if (!modes.length) return null;
  const rows = modes.slice(0, 60).map(([name, mode]) => [
    name,
    (mode.where ?? []).map((row) => `${form(row.form)} ${row.sign} 0`).join(", ") || "always",
    (mode.c ?? []).map(form).join(", "), (mode.h ?? []).map(form).join(", ")]);
  return [h("h3", {}, "The map that every step keeps"), table(["mode", "where", "c", "h"], rows),
    modes.length > 60 ? h("p", { class: "soft" }, `and ${modes.length - 60} more modes`) : null];
}

export async function proofOf(job) {
  if (!("certificate.json" in job.files)) return null;
  return mapTable(JSON.parse(await file(job.id, "certificate.json")));
}

function floats(result) {
  if (!result.floats) return null;
  const rows = Object.entries(result.floats).map(([name, found]) => [name,
    found.exact ? "exact in every order of evaluation" : found.horizon ? `exact for ${found.horizon.length} steps` + (found.horizon.inputs ? `, inputs up to ${found.horizon.inputs}` : "") : found.reason ?? "fails"]);
  return [h("h3", {}, "In floats"), table(["format", ""], rows)];
}

/** Everything about a job that has ended; `use` takes weights to play with. */
export function outcome(job, { use, apply } = {}) {
  const { result } = job;
  if (!result) return [verdictLine(job), h("pre", { class: job.state === "failed" ? "complaint" : "" }, job.error ?? "")];
  const proof = h("div");
  proofOf(job).then((found) => found && proof.append(...found.filter(Boolean)), (error) => notice(error.message));
  return [
    verdictLine(job),
    h("p", {}, result.reason),
    result.weights ? h("p", {}, h("code", {}, line(result.weights))) : null,
    result.weights && use ? h("p", {}, h("button", { onclick: () => use(result.weights, job) }, "Play with these weights")) : null,
    result.counterexample?.trace ? [h("h3", {}, "The shortest run that fails"),
      steppedRun(counterexampleRun(result.counterexample), { start: result.counterexample.step, label: "The run that fails" })] : null,
    "nearest" in result ? nearest(result.nearest, apply) : null,
    result.core ? [h("h3", {}, "No weights do right on all of these"), h("ul", {}, result.core.map((string) => h("li", {}, h("code", {}, string.map((step) => step.join(":")).join(", ")))))] : null,
    result.next ? [h("h3", {}, "What to try next"), h("ul", {}, result.next.map((hint) => h("li", {}, hint)))] : null,
    proof, floats(result), downloads(job),
  ];
}

function nearest(found, apply) {
  if (!found) return h("p", {}, "No single change was found that would do.");
  return h("p", {}, "The nearest change that works: ", h("code", {}, `${found.weight} = ${found.value}`), " ",
    apply ? h("button", { onclick: () => apply(found) }, "Make it") : null);
}

const TARGETS = ["onnx", "onnx-step", "onnx-int8", "onnx-lstm", "torch", "safetensors", "c", "smtlib", "latex", "dot"];

/** What there is to take home. */
export function downloads(job) {
  const attempt = (path, body) => download(path, body).catch((error) => notice(error.message));
  const names = Object.keys(job.files);
  const target = select(TARGETS.map((name) => [name, name]), "onnx");
  target.setAttribute("aria-label", "Format of the export");
  return h("div", { class: "row", role: "group", "aria-label": "Downloads" },
    names.includes("certificate.json") ? h("button", { onclick: () => attempt(`jobs/${job.id}/files/certificate.json`) }, "Certificate") : null,
    names.includes("marks.csv") ? h("button", { onclick: () => attempt(`jobs/${job.id}/files/marks.csv`) }, "marks.csv") : null,
    h("button", { onclick: () => attempt(`jobs/${job.id}/folder.zip`) }, "Whole folder"),
    names.includes("certificate.json") && ["solve", "verify"].includes(job.verb) ? [target, h("button", { onclick: () => attempt(`jobs/${job.id}/export`, { to: target.value }) }, "Export")] : null);
}


