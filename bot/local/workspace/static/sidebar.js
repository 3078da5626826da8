/** The list of channels with unread marks, direct message and App Home; and who one acts as. */

import {el, fill, keepingFocus} from "./dom.js";
import {avatar} from "./messages.js";

/** What is new in a channel, as it is seen and as it is read out; nothing where nothing is. */
function news(one) {
  if (one.mentions > 0) return {seen: `@${one.mentions}`, said: one.mentions === 1 ? "1 mention" : `${one.mentions} mentions`};
  return one.unread ? {seen: "new", said: "new messages"} : null;
}

function item(name, label, said, current, fresh, open) {
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: fresh ? "place unread" : "place",
        "aria-label": fresh ? `${said}, ${fresh.said}` : said,
        "aria-current": current ? "page" : null,
        data: {key: `place/${name}`},
        on: {click: () => open(name)},
      },
      el("span", {}, label),
      fresh ? el("span", {class: fresh.seen === "new" ? "mark" : "mark called"}, fresh.seen) : null,
    ),
  );
}

function channel(one, here, open) {
  const current = here === one.id;
  const label = one.direct ? [one.name, " ", el("span", {class: "app"}, "APP")] : `${one.private ? "🔒" : "#"} ${one.name}`;
  const said = one.direct ? `${one.name}, direct message` : one.private ? `${one.name}, private channel` : one.name;
  return item(one.id, label, said, current, current ? null : news(one), open);
}

let drawn = "";

/** Draw the list. `open(id)` goes to a channel, or to `home`. */
export function sidebar(root, given, here, open, keys) {
  const print = JSON.stringify([given.channels, here, given.me.id]);
  if (print === drawn) return;
  drawn = print;
  const places = (direct) => given.channels.filter((one) => one.direct === direct).map((one) => channel(one, here, open));
  keepingFocus(root, () =>
    fill(
      root,
      el("ul", {}, item("home", "App Home", "App Home", here === "home", null, open)),
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
