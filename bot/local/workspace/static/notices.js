/** What the page itself has to say: a banner about the workspace, and problems with what one did. */

import {el, fill} from "./dom.js";

const root = (id) => document.getElementById(id);
let restarted = false;

/** Whether the workspace that this page belongs to is gone for good. */
export function isOld() {
  return restarted;
}

/** Say that this page belongs to a workspace that is no more. */
export function sayRestarted() {
  if (restarted) return;
  restarted = true;
  fill(
    root("banner"),
    el("span", {}, "⚠️ The workspace was started again: what you see here is of its former life. Reload the page to go on."),
    el("button", {type: "button", class: "button", on: {click: () => location.reload()}}, "Reload the page"),
  );
  root("banner").hidden = false;
}

/** Say that the workspace does not answer, or that it does again. */
export function sayAway(yes) {
  if (restarted) return;
  root("banner").hidden = !yes;
  fill(root("banner"), yes ? el("span", {}, "⚠️ The workspace does not answer. This page tries again by itself.") : null);
}

/** Say what could not be done: in the modal that is open, or above the composer. */
export function complain(words) {
  const open = [...document.querySelectorAll("dialog[open]")].at(-1);
  const problem = open?.querySelector(".problem") ?? root("problem");
  fill(
    problem,
    el("span", {}, `⚠️ ${words}`),
    el("button", {type: "button", class: "tool", on: {click: forgive}}, "Dismiss"),
  );
  problem.hidden = false;
}

/** Take away what was said about a problem. */
export function forgive() {
  for (const one of document.querySelectorAll(".problem")) {
    one.hidden = true;
    fill(one);
  }
}
