// A case to choose or to write, read by the service as it is typed.

import { ask } from "./api.js";
import { fill, field, h, later, select } from "./dom.js";

let listed = null;
export async function shipped(kind) {
  listed ??= ask("cases");
  return (await listed).filter((entry) => entry.kind === kind);
}

const TEMPLATE = `name = "mine"

[input]
x = [0, 1]

[state]
ones = 0

[next]
ones = "min(3, ones + 1) if x == 1 else 0"

[output]
h = "ones"
`;

/** What is chosen in one box is there in all. */
const kept = { behaviour: { name: "nonzero-counter", text: null }, derivation: { name: "hw6-3", text: null } };

/** A box; `onread` is told what the case states, or null while it is broken. */
export function caseBox(kind, onread) {
  const state = kept[kind];
  const area = h("textarea", { rows: 11, spellcheck: "false", autocomplete: "off", "aria-describedby": "case-said", oninput: () => { state.name = ""; state.text = area.value; chooser.value = ""; typed(); } });
  const said = h("div", { id: "case-said", "aria-live": "polite" });
  const chooser = select([["", kind === "behaviour" ? "a case of your own" : "a derivation of your own"]], "", choose);
  let reading = 0;

  async function choose(name) {
    if (name) {
      state.name = name;
      const { text } = await ask(`cases/${encodeURIComponent(name)}`);
      if (state.name !== name) return;  // something else was chosen or typed meanwhile
      state.text = text;
    } else {
      state.name = "";
      state.text = kind === "behaviour" ? TEMPLATE : state.text ?? "";
    }
    area.value = state.text;
    await read();
  }

  async function read() {
    const mine = (reading += 1);
    state.text = area.value;
    try {
      const found = await ask("read", { case: state.text || " = " });
      if (mine !== reading) return;
      area.removeAttribute("aria-invalid");
      fill(said, h("p", { class: "soft" }, found.title || found.name, found.source ? ` (${found.source})` : ""),
        (found.notes ?? []).map((note) => h("p", { class: "soft" }, note)));
      onread(found);
    } catch (error) {
      if (mine !== reading) return;
      area.setAttribute("aria-invalid", "true");
      fill(said, error.complaints?.length ? error.complaints.map(complaint) : complaint({ message: error.message }));
      onread(null);
    }
  }

  const typed = later(300, read);
  const ready = shipped(kind).then(async (entries) => {
    for (const entry of entries) chooser.append(h("option", { value: entry.name, title: entry.title }, `${entry.name}: ${entry.title}`));
    chooser.value = state.name;
    if (state.text === null) await choose(state.name);
    else { area.value = state.text; await read(); }
  });
  return {
    node: h("section", { class: "card", "aria-label": "Case" }, field("Choose a case", chooser), field("Its text, to change as you like", area), said),
    ready,
    text: () => state.text,
  };
}

function complaint({ key, message, value, caret }) {
  const got = value !== null && value !== undefined && !caret ? ` (got ${value})` : "";
  return h("pre", { class: "complaint" }, `${key ? `${key}: ` : ""}${message}${got}${caret ? `\n${caret}` : ""}`);
}
