/** The list of channels with unread marks, direct message and App Home; and who one acts as. */

import {el, fill, keepingFocus} from "./dom.js";

/** Which messages of a channel this reader has seen, kept for this life of the workspace. */
export class Read {
  #key;
  #marks;

  constructor(boot, person) {
    this.#key = `read ${boot} ${person}`;
    this.#marks = JSON.parse(sessionStorage.getItem(this.#key) ?? "{}");
  }

  /** Note that everything up to `ts` was seen. */
  mark(channel, ts) {
    if (!ts || (this.#marks[channel] ?? "") >= ts) return;
    this.#marks[channel] = ts;
    sessionStorage.setItem(this.#key, JSON.stringify(this.#marks));
  }

  /** Say whether something newer than what was seen is there. */
  unread(channel, newest) {
    return Boolean(newest) && (this.#marks[channel] ?? "") < newest;
  }
}

function item(name, label, current, unread, open) {
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: unread ? "place unread" : "place",
        "aria-current": current ? "page" : null,
        data: {key: `place/${name}`},
        on: {click: () => open(name)},
      },
      label,
      unread ? el("span", {class: "mark"}, el("span", {class: "unseen"}, ", "), "new") : null,
    ),
  );
}

/** Draw the list. `open(id)` goes to a channel, or to `home`. */
export function sidebar(root, given, here, read, open) {
  const shown = (channel) => (channel.direct ? "faxi-bot (direct message)" : `${channel.private ? "🔒" : "#"} ${channel.name}`);
  keepingFocus(root, () =>
    fill(
      root,
      el("ul", {}, item("home", "App Home", here === "home", false, open)),
      el("h2", {}, "Channels"),
      el(
        "ul",
        {},
        given.channels.map((one) => item(one.id, shown(one), here === one.id, here !== one.id && read.unread(one.id, one.newest), open)),
      ),
    ),
  );
}

/** Fill the choice of persons; each with name, handle and role. */
export function people(select, given, me) {
  const words = (one) => `${one.name} (${one.handle}, ${one.role})`;
  if (select.options.length !== given.people.length) {
    fill(select, given.people.map((one) => el("option", {value: one.handle, disabled: one.deactivated}, words(one))));
  }
  given.people.forEach((one, index) => {
    select.options[index].textContent = one.deactivated ? `${words(one)}, deactivated` : words(one);
    select.options[index].disabled = one.deactivated;
  });
  select.value = me;
}
