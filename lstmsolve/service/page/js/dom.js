// Elements made of texts and attributes. Nothing here parses HTML, so no text can become any.

const SVG = "http://www.w3.org/2000/svg";

function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const h = (tag, attributes, ...children) => build(document.createElement(tag), attributes, children);
export const s = (tag, attributes, ...children) => build(document.createElementNS(SVG, tag), attributes, children);

export function fill(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

let count = 0;
/** A control with its label. */
export function field(label, control) {
  control.id ||= `field-${(count += 1)}`;
  return h("div", {}, h("label", { for: control.id }, label), control);
}

export function select(options, chosen, onchange) {
  const node = h("select", { onchange: () => onchange?.(node.value) });
  for (const [value, label] of options) node.append(h("option", { value }, label));
  if (chosen !== undefined && chosen !== null) node.value = chosen;
  return node;
}

/** A table; cells that are numbers are set as such. */
export function table(header, rows, caption) {
  const cell = (value) => (value instanceof Node ? h("td", {}, value) : h("td", { class: /^[-+−]?[0-9][0-9./]*$/.test(value ?? "") ? "number" : null }, value ?? ""));
  return h("div", { class: "scroll" }, h("table", {},
    caption ? h("caption", { class: "soft" }, caption) : null,
    h("thead", {}, h("tr", {}, header.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell))))));
}

let timer = 0;
/** Say something in passing, to screen readers as well. */
export function notice(text) {
  const node = document.getElementById("notice");
  node.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => { node.textContent = ""; }, 8000);
}

/** Call once, when nobody has called for a while. */
export function later(milliseconds, work) {
  let waiting = 0;
  return (...given) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => work(...given), milliseconds);
  };
}

export function save(name, blob) {
  const url = URL.createObjectURL(blob);
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
