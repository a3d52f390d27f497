// Formulas as MathML. What comes is parsed as XML, and only elements that MathML draws with are copied.

import { h } from "./dom.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";
const ELEMENTS = new Set(["math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msub", "msup", "msubsup", "mfrac", "msqrt", "mroot",
  "mover", "munder", "munderover", "mstyle", "mtable", "mtr", "mtd", "mpadded", "mphantom"]);
const ATTRIBUTES = new Set(["stretchy", "fence", "form", "width", "display", "mathvariant", "separator", "lspace", "rspace", "accent", "columnalign", "largeop", "movablelimits", "linethickness"]);

function copied(node) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
  if (node.nodeType !== Node.ELEMENT_NODE) return document.createTextNode("");
  const made = document.createElementNS(MATHML, ELEMENTS.has(node.localName) ? node.localName : "mrow");
  for (const { name, value } of node.attributes) if (ATTRIBUTES.has(name)) made.setAttribute(name, value);
  made.append(...[...node.childNodes].map(copied));
  return made;
}

function parsed(text) {
  // The parser knows characters by number as they are; XML has no named ones beyond five.
  const found = new DOMParser().parseFromString(text, "application/xml");
  return found.querySelector("parsererror") ? null : copied(found.documentElement);
}

const MOST = 500;

/** Nodes for formulas in LaTeX, or their plain texts where they cannot be set. */
export async function formulas(latex, plain, ask) {
  let found = [];
  try {
    for (let at = 0; at < latex.length; at += MOST) found = found.concat((await ask({ latex: latex.slice(at, at + MOST) })).mathml);
  } catch {
    found = [];
  }
  return plain.map((text, place) => {
    const set = found[place] ? parsed(found[place]) : null;
    return set ? h("div", { class: "formula", title: text }, set) : h("pre", {}, text);
  });
}
