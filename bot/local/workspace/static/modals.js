/** Modals: the top view of a person's stack as a dialog, pushed views on it, and the confirm dialog. */

import {blocks} from "./blocks.js";
import {el, fill, keepingFocus} from "./dom.js";
import {plain} from "./emoji.js";
import {values} from "./fields.js";

let shown = null;

function close(dialog) {
  dialog.close();
  dialog.remove();
}

/** Ask once more, as a button's `confirm` says; resolves to whether the person is sure. */
export function sure(confirm) {
  if (!confirm) return Promise.resolve(true);
  return new Promise((resolve) => {
    const answer = (yes) => (close(dialog), resolve(yes));
    const dialog = el(
      "dialog",
      {class: "confirm", "aria-labelledby": "confirm-title", on: {cancel: (event) => (event.preventDefault(), answer(false))}},
      el("h2", {id: "confirm-title"}, plain(confirm.title)),
      el("p", {}, plain(confirm.text)),
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

function draw(view, scene, kept) {
  const own = {
    ...scene,
    key: view.id,
    errors: view.errors,
    kept,
    press: (event, element, block, choice) => scene.press({view}, event, element, block, choice),
  };
  const problem = el("p", {class: "error", role: "alert", hidden: true});
  const submit = async (event) => {
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    if (button) button.disabled = true;
    try {
      await scene.submit(view, values(form));
    } catch (error) {
      problem.textContent = `⚠️ ${error.message}`;
      problem.hidden = false;
    }
    if (button) button.disabled = false;
  };
  const form = el(
    "form",
    {novalidate: true, on: {submit}},
    el("h2", {id: "modal-title"}, view.title),
    el("div", {class: "modal-blocks"}, blocks(view.blocks, own)),
    problem,
    el(
      "div",
      {class: "actions end"},
      el(
        "button",
        {type: "button", class: "button", data: {key: `${view.id}/close`}, on: {click: () => scene.closeView(view)}},
        view.close || "Close",
      ),
      view.submit
        ? el("button", {type: "submit", class: "button primary", data: {key: `${view.id}/submit`}}, view.submit)
        : null,
    ),
  );
  return form;
}

/** Show the person's topmost modal, or none. What was typed stays when only the rest changed. */
export function modals(stack, scene) {
  const view = stack.at(-1);
  if (!view) {
    if (shown) close(shown.dialog);
    shown = null;
    return;
  }
  const print = JSON.stringify([view, scene.me.id]);
  if (shown?.print === print) return;
  if (!shown) {
    const dialog = el("dialog", {
      class: "modal",
      "aria-labelledby": "modal-title",
      on: {cancel: (event) => (event.preventDefault(), shown && scene.closeView(shown.view))},
    });
    document.body.append(dialog);
    dialog.showModal();
    shown = {dialog};
  }
  const {dialog} = shown;
  const kept = shown.view?.id === view.id ? values(dialog) : undefined;
  keepingFocus(dialog, () => fill(dialog, draw(view, scene, kept)));
  if (shown.view?.id !== view.id || !dialog.contains(document.activeElement)) {
    const first = dialog.querySelector("[aria-invalid=true]") ?? dialog.querySelector(".modal-blocks :is(input, textarea, select, button)") ?? dialog.querySelector("button");
    first?.focus();
  }
  shown = {dialog, view, print};
}
