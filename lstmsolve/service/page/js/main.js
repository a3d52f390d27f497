// Which part of the page is shown: that of the address behind the #.

import { useToken } from "./api.js";
import { derive } from "./derive.js";
import { jobs, onejob } from "./jobs.js";
import { classroom } from "./marks.js";
import { play } from "./play.js";
import { region } from "./region.js";
import { solve } from "./solve.js";

const PARTS = { play, solve, region, derive, class: classroom, jobs };

let leave = null;
async function show() {
  const token = /^#token=(.+)$/.exec(location.hash);
  if (token) {
    useToken(decodeURIComponent(token[1]));
    history.replaceState(null, "", "#play");
  }
  const [part, id] = location.hash.slice(1).split("/");
  const name = part === "job" ? "jobs" : part in PARTS ? part : "play";
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (typeof leave === "function") leave();
  leave = null;
  const root = document.createElement("div");
  document.getElementById("main").replaceChildren(root);
  document.title = `lstmsolve: ${name}`;
  leave = part === "job" && id ? await onejob(root, decodeURIComponent(id)) : await PARTS[name](root);
}

addEventListener("hashchange", () => {
  show();
  document.getElementById("main").focus();
});
show();
