/** Getting about by keyboard: from part to part, from message to message, and back out of a thread. */

import {el} from "./dom.js";

const PARTS = ["#top", "#sidebar", "#messages", "#composer", "#thread", "#trial"];
const STOPS = "textarea, [tabindex='0'], select, input, button:not([tabindex='-1']), a[href]";
const WORDS = [
  ["Tab, Shift+Tab", "to the next or last thing that can be used"],
  ["F6, Shift+F6", "to the next or last part: top, channels, messages, writing, thread, Try it"],
  ["Arrow up, arrow down", "in the messages: to the message above or below; Tab then reaches its buttons"],
  ["Home, End", "in the messages: to the oldest or newest that is shown"],
  ["/", "as the first letter of a message: commands; arrows choose, Tab takes one"],
  ["@", "in a message: people and groups, in the same way"],
  ["Enter, Shift+Enter", "sends; makes a new line"],
  ["Escape", "closes suggestions, a modal, the thread, the list of channels"],
];

function seen(part) {
  return part && part.getClientRects().length > 0 && getComputedStyle(part).visibility !== "hidden";
}

function toPart(step) {
  const parts = PARTS.map((one) => document.querySelector(one)).filter(seen);
  const at = parts.findIndex((one) => one.contains(document.activeElement));
  const next = parts.at((at + step + parts.length) % parts.length);
  const current = next.querySelector("[aria-current], article[tabindex='0'], textarea");
  (current ?? [...next.querySelectorAll(STOPS)].find(seen) ?? next).focus();
}

/** Let one message at a time be reached by Tab, with its tools; the others by arrow keys. */
function reach(root, article) {
  for (const one of root.querySelectorAll("article[tabindex='0']")) {
    if (one === article) return;
    one.tabIndex = -1;
    for (const tool of one.querySelectorAll(".tool")) tool.tabIndex = -1;
  }
  if (!article) return;
  article.tabIndex = 0;
  for (const tool of article.querySelectorAll(".tool")) tool.tabIndex = 0;
}

/** Make a list of messages walkable by arrow keys. */
export function walkable(root) {
  root.addEventListener("focusin", (event) => {
    const article = event.target.closest("article");
    if (!article) return;
    article.parentElement.stoodAt = article.dataset.ts;
    reach(root, article);
  });
  root.addEventListener("keydown", (event) => {
    const article = event.target;
    if (article.tagName !== "ARTICLE") return;
    const all = [...root.querySelectorAll("article")];
    const at = all.indexOf(article);
    const to = {ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1}[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[Math.max(0, Math.min(all.length - 1, to))].focus();
  });
}

/** After a drawing: one message can be reached by Tab, the newest as long as nobody stands at another of this list. */
export function settle(root) {
  const all = [...root.querySelectorAll("article")];
  const now = all.find((one) => one.dataset.ts === root.stoodAt) ?? all.at(-1);
  if (now) {
    now.tabIndex = -1;
    reach(root, now);
  }
}

/** Show which keys there are. */
export function showKeys() {
  const before = document.activeElement;
  const done = () => (dialog.close(), dialog.remove(), before?.focus());
  const dialog = el(
    "dialog",
    {class: "keys-dialog", "aria-labelledby": "keys-title", on: {cancel: (event) => (event.preventDefault(), done())}},
    el("h2", {id: "keys-title"}, "Keys"),
    el("dl", {}, WORDS.flatMap(([key, words]) => [el("dt", {}, key), el("dd", {}, words)])),
    el("div", {class: "actions end"}, el("button", {type: "button", class: "button", on: {click: done}}, "Close")),
  );
  document.body.append(dialog);
  dialog.showModal();
}

/** Listen for the keys that hold everywhere; `escape()` is called for Escape outside of dialogs. */
export function listenForKeys(escape) {
  addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "F6") {
      event.preventDefault();
      toPart(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      escape();
    }
  });
}
