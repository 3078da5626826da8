/** The composer: messages, and slash commands with completion from the manifest. */

import {el, fill} from "./dom.js";

const MOST = 40_000;

/** Make the composer of a channel or thread; `send(text)` is asked to send and may throw. */
export class Composer {
  #form;
  #field;
  #choices;
  #problem;
  #commands = [];
  #send;
  #at = -1;

  constructor(form, label, send) {
    this.#form = form;
    this.#send = send;
    const list = `${form.id}-choices`;
    this.#choices = el("ul", {id: list, role: "listbox", "aria-label": "Commands", hidden: true});
    this.#problem = el("p", {class: "error", role: "alert", hidden: true});
    this.#field = el("textarea", {
      id: `${form.id}-text`,
      rows: 1,
      "aria-label": label,
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": list,
      placeholder: label,
      on: {input: () => this.#typed(), keydown: (event) => this.#key(event)},
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go();
    });
    fill(form, this.#choices, el("div", {class: "line"}, this.#field, el("button", {class: "button primary"}, "Send")), this.#problem);
  }

  /** Offer these commands when one begins with a slash. */
  offer(commands) {
    this.#commands = commands;
  }

  /** Say where one writes. */
  name(label) {
    this.#field.setAttribute("aria-label", label);
    this.#field.placeholder = label;
  }

  focus() {
    this.#field.focus();
  }

  /** Put words into the field, ready to be sent or changed. */
  write(words) {
    this.#field.value = words;
    this.#typed();
    this.focus();
  }

  #typed() {
    this.#problem.hidden = true;
    const words = this.#field.value;
    this.#field.rows = Math.min(8, words.split("\n").length);
    const matching = words.startsWith("/") && !words.includes(" ")
      ? this.#commands.filter((one) => one.command.startsWith(words))
      : [];
    this.#at = matching.length > 0 ? 0 : -1;
    fill(
      this.#choices,
      matching.map((one, index) =>
        el(
          "li",
          {
            id: `${this.#form.id}-choice-${index}`,
            role: "option",
            "aria-selected": index === this.#at ? "true" : "false",
            data: {command: one.command},
            on: {mousedown: (event) => (event.preventDefault(), this.#choose(one.command))},
          },
          el("strong", {}, one.command),
          ` ${one.usage ?? ""} `,
          el("span", {class: "quiet"}, one.description),
        ),
      ),
    );
    this.#show(matching.length > 0);
  }

  #show(yes) {
    this.#choices.hidden = !yes;
    this.#field.setAttribute("aria-expanded", yes ? "true" : "false");
    if (yes) this.#field.setAttribute("aria-activedescendant", `${this.#form.id}-choice-${this.#at}`);
    else this.#field.removeAttribute("aria-activedescendant");
  }

  #choose(command) {
    this.#field.value = `${command} `;
    this.#show(false);
    this.focus();
  }

  #key(event) {
    const open = !this.#choices.hidden;
    const items = [...this.#choices.children];
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.#at = (this.#at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length;
      items.forEach((item, index) => item.setAttribute("aria-selected", index === this.#at ? "true" : "false"));
      this.#show(true);
    } else if (open && event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      this.#choose(items[this.#at].dataset.command);
    } else if (open && event.key === "Escape") {
      this.#show(false);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (open && items[this.#at].dataset.command !== this.#field.value) this.#choose(items[this.#at].dataset.command);
      else this.#go();
    }
  }

  async #go() {
    const words = this.#field.value.trim();
    if (!words) return;
    if (words.length > MOST) {
      this.#complain(`A message has at most ${MOST.toLocaleString("en")} letters; this one has ${words.length.toLocaleString("en")}. Please shorten it.`);
      return;
    }
    this.#show(false);
    this.#field.value = "";
    this.#field.rows = 1;
    try {
      await this.#send(words);
    } catch (error) {
      this.#field.value ||= words;
      this.#complain(error.message);
    }
  }

  #complain(words) {
    this.#problem.textContent = `⚠️ ${words}`;
    this.#problem.hidden = false;
  }
}
