// Derive: formulas set as formulas, and a verdict on every line.

import { ask } from "./api.js";
import { caseBox } from "./casebox.js";
import { fill, h, table } from "./dom.js";
import { formulas } from "./math.js";
import { downloads, verdictLine } from "./result.js";
import { runner } from "./solve.js";

export async function derivation(job) {
  const { result } = job;
  if (!result) return [verdictLine(job), h("pre", { class: "complaint" }, job.error ?? "")];
  const steps = result.derivation.flatMap((derived) => derived.steps);
  const latex = [...result.claims.map((claim) => claim.latex), ...result.derivation.map((derived) => derived.latex), ...steps.map((step) => step.latex)];
  const plain = [...result.claims.map((claim) => claim.claim), ...result.derivation.map((derived) => derived.of), ...steps.map((step) => step.text)];
  const set = await formulas(latex, plain, (body) => ask("formulas", body));
  const claims = result.claims.map((claim) => {
    const [kind, word] = claim.holds === true ? ["holds", "holds"] : claim.holds === false ? ["fails", "fails"] : ["opened", "open"];
    const witness = claim.witness;
    return h("article", { class: `claim ${kind}`, "aria-label": `${claim.id}: ${word}` },
      h("h3", {}, claim.id, ": ", h("span", { class: kind === "holds" ? "good" : kind === "fails" ? "bad" : "open" }, word)),
      claim.place ? h("p", { class: "soft" }, claim.place) : null,
      set.shift(), h("p", {}, claim.reason),
      claim.corrected ? [h("p", {}, "It should have been:"), h("pre", {}, claim.corrected)] : null,
      witness ? h("details", {}, h("summary", {}, "A witness: numbers where the sides differ"),
        table(["", ""], [["left side", witness.left], ["right side", witness.right],
          ...["sizes", "indices", "parameters", "inputs", "unknowns"].flatMap((name) => Object.entries(witness[name]).map(([key, value]) => [key, String(value)]))])) : null);
  });
  const heads = result.derivation.map(() => set.shift());
  const derived = result.derivation.map((each, place) => h("details", {},
    h("summary", {}, heads[place]), each.steps.map((step) => [h("p", { class: "soft" }, step.says), set.shift()])));
  return [verdictLine(job), h("p", {}, result.reason), claims.length ? [h("h2", {}, "Claims, line by line"), claims] : null,
    h("h2", {}, "Formulas, step by step"), derived, downloads(job)];
}

export function derive(root) {
  const work = runner(derivation);
  let read = null;
  const box = caseBox("derivation", (found) => { read = found; begin.disabled = found?.kind !== "derivation"; });
  const begin = h("button", { class: "main", disabled: true, onclick: () => read && work.start("derive", { case: box.text() }) }, "Derive");
  fill(root, h("div", { class: "columns" }, h("div", { class: "stack" }, box.node),
    h("section", { class: "card", "aria-label": "Derivation" }, h("h2", {}, "Back-propagation formulas, and claims about them"),
      h("p", { class: "row" }, begin, work.stop), work.log, work.shown)));
}
