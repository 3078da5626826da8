/** Modals: the top view of a person's stack as a dialog, pushed views on it, and the confirm dialog. */

import {blocks} from "./blocks.js";
import {el, fill, keepingFocus} from "./dom.js";
import {plain} from "./emoji.js";
import {kept, values} from "./fields.js";
import {complain, forgive} from "./notices.js";

let shown = null;
const typed = new Map();
let asked = 0;

function close(dialog) {
  dialog.close();
  dialog.remove();
}

/** Ask once more, as a button's `confirm` says; resolves to whether the person is sure. */
export function sure(confirm) {
  if (!confirm) return Promise.resolve(true);
  asked += 1;
  const id = `confirm-${asked}`;
  const before = document.activeElement;
  return new Promise((resolve) => {
    const answer = (yes) => {
      close(dialog);
      before?.focus();
      resolve(yes);
    };
    const dialog = el(
      "dialog",
      {
        class: "confirm",
        "aria-labelledby": `${id}-title`,
        "aria-describedby": `${id}-text`,
        on: {cancel: (event) => (event.preventDefault(), answer(false))},
      },
      el("h2", {id: `${id}-title`}, plain(confirm.title)),
      el("p", {id: `${id}-text`, class: "words"}, plain(confirm.text)),
      el(
        "div",
        {class: "actions end"},
        el("button", {type: "button", class: "button", on: {click: () => answer(false)}}, plain(confirm.deny)),
        el(
          "button",
          {type: "button", class: `button ${confirm.style ?? "primary"}`, on: {click: () => answer(true)}},
          plain(confirm.confirm),
        ),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}

function draw(view, scene, depth) {
  const own = {
    ...scene,
    key: view.id,
    errors: view.errors,
    values: view.values,
    kept: typed.get(view.id),
    press: (event, element, block, choice) => scene.press({view, values: values(form)}, event, element, block, choice),
  };
  const submit = async (event) => {
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    if (!button || button.getAttribute("aria-busy") === "true") return;
    forgive();
    button.setAttribute("aria-busy", "true");
    try {
      await scene.submit(view, values(form));
    } catch (error) {
      complain(error.message);
    }
    button.removeAttribute("aria-busy");
  };
  const closing = {type: "button", class: "button", data: {key: `${view.id}/close`}, on: {click: () => scene.closeView(view)}};
  const form = el(
    "form",
    {novalidate: true, on: {submit}},
    el("h2", {id: "modal-title", tabindex: -1}, view.title),
    depth > 1 ? el("p", {class: "quiet"}, `Page ${depth}: closing it leads back to the page before.`) : null,
    el("div", {class: "modal-blocks"}, blocks(view.blocks, own)),
    el("p", {class: "error problem", role: "alert", hidden: true}),
    el(
      "div",
      {class: "actions end"},
      el("button", closing, view.close || "Close"),
      view.submit
        ? el("button", {type: "submit", class: "button primary", data: {key: `${view.id}/submit`}}, view.submit)
        : null,
    ),
  );
  return form;
}

/** Put the focus where one goes on: to what is wrong, else to the first field, else to the title. */
function begin(dialog) {
  const first = dialog.querySelector("[data-wrong]") ?? dialog.querySelector("[data-field]") ?? dialog.querySelector("#modal-title");
  (first?.tagName === "FIELDSET" ? (first.querySelector("input:checked") ?? first.querySelector("input")) : first)?.focus();
}

/** Show the person's topmost modal, or none. What was typed stays when only the rest changed. */
export function modals(stack, scene) {
  const view = stack.at(-1);
  if (!view) {
    if (shown) {
      close(shown.dialog);
      scene.back(shown.before);
    }
    shown = null;
    typed.clear();
    return;
  }
  const print = JSON.stringify([view, scene.me.id, stack.length]);
  if (shown?.print === print) return;
  if (!shown) {
    const before = document.activeElement;
    const dialog = el("dialog", {
      class: "modal",
      "aria-labelledby": "modal-title",
      on: {cancel: (event) => (event.preventDefault(), shown && shown.scene.closeView(shown.view))},
    });
    document.body.append(dialog);
    dialog.showModal();
    shown = {dialog, before};
  }
  const {dialog, before} = shown;
  if (shown.view) typed.set(shown.view.id, kept(dialog));
  const wrongNow = Object.keys(view.errors).length > 0 && JSON.stringify(view.errors) !== JSON.stringify(shown.view?.errors);
  // What was said about a problem stays too: the news that the modal is drawn for may come after it.
  const problem = shown.view?.id === view.id ? dialog.querySelector(".problem:not([hidden])") : null;
  keepingFocus(dialog, () => {
    fill(dialog, draw(view, scene, stack.length));
    if (problem) dialog.querySelector(".problem").replaceWith(problem);
  });
  if (shown.view?.id !== view.id || wrongNow || !dialog.contains(document.activeElement)) begin(dialog);
  shown = {dialog, before, view, print, scene};
}
