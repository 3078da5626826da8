/** The list of channels with unread marks, direct message and App Home; and who one acts as. */

import {el, fill, keepingFocus} from "./dom.js";
import {avatar} from "./messages.js";

function marks(one) {
  const called = one.mentions > 0;
  if (!one.unread && !called) return null;
  const words = called ? (one.mentions === 1 ? "1 mention" : `${one.mentions} mentions`) : "new messages";
  return el(
    "span",
    {class: called ? "mark called" : "mark"},
    el("span", {"aria-hidden": "true"}, called ? `@${one.mentions}` : "new"),
    el("span", {class: "unseen"}, `, ${words}`),
  );
}

function item(name, label, current, mark, open) {
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: mark ? "place unread" : "place",
        "aria-current": current ? "page" : null,
        data: {key: `place/${name}`},
        on: {click: () => open(name)},
      },
      el("span", {}, label),
      mark,
    ),
  );
}

function nameOf(one) {
  if (one.direct) return [one.name, el("span", {class: "app"}, "APP")];
  const sign = one.private ? [el("span", {"aria-hidden": "true"}, "🔒 "), el("span", {class: "unseen"}, "private channel ")] : [el("span", {"aria-hidden": "true"}, "# ")];
  return [...sign, one.name];
}

let drawn = "";

/** Draw the list. `open(id)` goes to a channel, or to `home`. */
export function sidebar(root, given, here, open, keys) {
  const print = JSON.stringify([given.channels, here, given.me.id]);
  if (print === drawn) return;
  drawn = print;
  const places = (direct) =>
    given.channels
      .filter((one) => one.direct === direct)
      .map((one) => item(one.id, nameOf(one), here === one.id, here === one.id ? null : marks(one), open));
  keepingFocus(root, () =>
    fill(
      root,
      el("ul", {}, item("home", "App Home", here === "home", null, open)),
      el("h2", {}, "Channels"),
      el("ul", {}, places(false)),
      el("h2", {}, "Direct messages"),
      el("ul", {}, places(true)),
      el("button", {type: "button", class: "place keys", data: {key: "keys"}, on: {click: keys}}, "Keys"),
    ),
  );
}

/** Fill the choice of persons, each with name, handle and role in their own colour, and show who acts. */
export function people(select, picture, given) {
  const words = (one) => `${one.name} (${one.handle}, ${one.role})${one.deactivated ? ", deactivated" : ""}`;
  if (select.options.length !== given.people.length) {
    fill(select, given.people.map((one) => el("option", {value: one.handle, class: `hue-${one.hue}`}, words(one))));
  }
  given.people.forEach((one, index) => {
    if (select.options[index].textContent !== words(one)) select.options[index].textContent = words(one);
    select.options[index].disabled = one.deactivated;
  });
  if (select.value !== given.me.handle) select.value = given.me.handle;
  if (picture.dataset.of === given.me.handle) return;
  picture.dataset.of = given.me.handle;
  fill(picture, avatar(given.authors[given.me.handle]));
}
