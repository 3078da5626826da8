/** The composer: writing and sending, with completion of commands and names, and a draft for each place. */

import {completions} from "./completion.js";
import {announce, el, fill} from "./dom.js";

const MOST = 40_000;

/** The composer of a channel, or (without commands) of a thread; `send(text)` may throw why not. */
export class Composer {
  #form;
  #field;
  #choices;
  #problem;
  #status;
  #button;
  #given = null;
  #send;
  #withCommands;
  #found = {from: 0, items: []};
  #at = 0;
  #drafts = new Map();
  #place = "";

  constructor(form, withCommands, send) {
    this.#form = form;
    this.#send = send;
    this.#withCommands = withCommands;
    const list = `${form.id}-choices`;
    this.#choices = el("ul", {id: list, role: "listbox", "aria-label": "Suggestions", hidden: true});
    this.#problem = el("p", {id: `${form.id}-problem`, class: "error", role: "alert", hidden: true});
    this.#status = el("p", {class: "status quiet", role: "status"});
    this.#field = el("textarea", {
      id: `${form.id}-text`,
      rows: 1,
      "aria-autocomplete": "list",
      "aria-controls": list,
      "aria-describedby": `${form.id}-problem`,
      on: {input: () => this.#typed(), keydown: (event) => this.#key(event), blur: () => this.#show(false)},
    });
    this.#button = el("button", {class: "button primary"}, "Send");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go();
    });
    fill(form, this.#choices, this.#status, this.#problem, el("div", {class: "line"}, this.#field, this.#button));
  }

  /** Say where one writes, and what is known there; what was begun elsewhere waits there. */
  at(place, label, given) {
    this.#given = given;
    this.#field.setAttribute("aria-label", label);
    this.#field.placeholder = label;
    if (place === this.#place) return;
    this.#drafts.set(this.#place, this.#field.value);
    this.#place = place;
    this.#put(this.#drafts.get(place) ?? "");
    this.#problem.hidden = true;
    this.#show(false);
  }

  focus() {
    this.#field.focus();
  }

  /** Put words into the field, ready to be sent or changed. */
  write(words) {
    this.#put(words);
    this.#typed();
    this.focus();
  }

  #put(words) {
    this.#field.value = words;
    this.#field.rows = Math.min(8, words.split("\n").length);
  }

  #typed() {
    this.#problem.hidden = true;
    this.#field.rows = Math.min(8, this.#field.value.split("\n").length);
    const before = this.#field.value.slice(0, this.#field.selectionStart);
    const alone = this.#withCommands && before === this.#field.value;
    this.#found = completions(before.slice(-200), this.#given, alone);
    this.#found.from += Math.max(0, before.length - 200);
    this.#at = 0;
    const option = (one, index) =>
      el(
        "li",
        {
          id: `${this.#form.id}-choice-${index}`,
          role: "option",
          on: {mousedown: (event) => (event.preventDefault(), this.#choose(index))},
        },
        el("strong", {}, one.name),
        " ",
        el("span", {class: "quiet"}, one.note),
      );
    fill(this.#choices, this.#found.items.map(option));
    const count = this.#found.items.length;
    if (count > 0 && this.#choices.hidden) announce(`${count === 1 ? "1 suggestion" : `${count} suggestions`}, Tab takes one`);
    this.#show(count > 0);
  }

  #show(yes) {
    this.#choices.hidden = !yes;
    [...this.#choices.children].forEach((one, index) => one.setAttribute("aria-selected", index === this.#at ? "true" : "false"));
    if (yes) this.#field.setAttribute("aria-activedescendant", `${this.#form.id}-choice-${this.#at}`);
    else this.#field.removeAttribute("aria-activedescendant");
    if (yes) this.#choices.children[this.#at].scrollIntoView({block: "nearest"});
  }

  #choose(index) {
    const caret = this.#field.selectionStart;
    const words = `${this.#found.items[index].insert} `;
    this.#field.setRangeText(words, this.#found.from, caret, "end");
    this.#show(false);
    this.focus();
  }

  #key(event) {
    const open = !this.#choices.hidden;
    const items = this.#found.items;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.#at = (this.#at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length;
      this.#show(true);
    } else if (open && event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      this.#choose(this.#at);
    } else if (open && event.key === "Escape") {
      event.stopPropagation();
      this.#show(false);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      const complete = this.#field.value === items[this.#at]?.insert;
      if (open && !complete) this.#choose(this.#at);
      else this.#go();
    }
  }

  async #go() {
    const words = this.#field.value.trim();
    const place = this.#place;
    if (!words) return;
    if ([...words].length > MOST) {
      const count = [...words].length.toLocaleString("en");
      this.#complain(`A message has at most ${MOST.toLocaleString("en")} letters; this one has ${count}. Nothing was sent. Please shorten it.`);
      return;
    }
    this.#show(false);
    this.#put("");
    this.#problem.hidden = true;
    this.#status.textContent = words.startsWith("/") ? `Waiting for the answer to ${words.split(/\s/)[0]}…` : "Sending…";
    this.#button.setAttribute("aria-busy", "true");
    try {
      await this.#send(words);
    } catch (error) {
      if (this.#place !== place) this.#drafts.set(place, words);
      else if (!this.#field.value) this.#put(words);
      this.#complain(error.message);
    }
    this.#status.textContent = "";
    this.#button.removeAttribute("aria-busy");
  }

  #complain(words) {
    this.#problem.textContent = `⚠️ ${words}`;
    this.#problem.hidden = false;
  }
}
