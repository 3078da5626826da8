/** The place one looks at: a channel, App Home, or a thread beside it. */

import {noteRead} from "./api.js";
import {blocks} from "./blocks.js";
import {announce, el, fill, keepingFocus} from "./dom.js";
import {settle} from "./keys.js";
import {list, staysAtEnd} from "./messages.js";
import {MOST, PAGE, given, here} from "./store.js";

const root = (id) => document.getElementById(id);
const entered = {name: "", mark: ""};
const heard = new Map();

function title(words) {
  const mentions = given.channels.reduce((sum, one) => sum + one.mentions, 0);
  document.title = `${mentions ? `(${mentions}) ` : ""}${words}, ${given.me.name} (${given.me.handle})`;
  const place = root("place");
  if (place.dataset.words === words) return;
  place.dataset.words = words;
  fill(place, el("h2", {}, words));
}

/** Say to the workspace what was read, when somebody can have read it. */
function read(thread, ts, mark) {
  if (document.visibilityState !== "visible" || !ts || ts <= mark) return;
  noteRead({as: here.as, channel: given.channel.id, thread, ts});
}

/** Read out what came to a list while one looks at it. */
function hear(name, root, messages) {
  const newest = messages.at(-1);
  const before = heard.get(root.id);
  heard.set(root.id, {name, ts: newest?.ts ?? ""});
  if (before?.name !== name || !newest || newest.ts <= before.ts || newest.from === given.me.handle) return;
  const article = [...root.querySelectorAll("article")].at(-1);
  const parts = [...article.querySelector(".said").children].filter((one) => !one.matches(".by, .tools, .replies"));
  const words = parts.map((one) => one.innerText).join(" ").replace(/\s+/g, " ");
  announce(`${newest.ephemeral ? "Only visible to you: " : ""}${given.authors[newest.from]?.name ?? newest.from}: ${words.slice(0, 300)}`);
}

function more(key, words, act) {
  return el("button", {type: "button", class: "replies more", data: {key, line: key}, on: {click: act}}, words);
}

/** Draw App Home. `scene` is what blocks need. */
export function drawHome(scene, press) {
  title("App Home");
  root("composer").hidden = true;
  root("messages").setAttribute("aria-label", "App Home");
  const home = given.home;
  const print = JSON.stringify([home, given.me.id]);
  if (root("messages").dataset.list === "home" && root("messages").print === print) return;
  const own = {...scene, key: "home", values: home?.values, press: (event, element, block, choice) => press({view: home}, event, element, block, choice)};
  const body = home ? blocks(home.blocks, own) : [el("p", {class: "quiet"}, "The bot has not shown anything here yet.")];
  keepingFocus(root("messages"), () => fill(root("messages"), el("div", {class: "home"}, body)));
  if (root("messages").dataset.list !== "home") root("messages").scrollTop = 0;
  root("messages").dataset.list = "home";
  root("messages").print = print;
}

/** Draw the channel: its name, its messages, and where one writes. `open(change)` goes elsewhere in it. */
export function drawChannel(scene, composer, open) {
  const channel = given.channel;
  const label = channel.direct ? channel.name : `#${channel.name}`;
  const name = `${here.as} ${channel.id} ${here.around ?? ""}`;
  title(label);
  root("composer").hidden = false;
  root("messages").setAttribute("aria-label", `Messages in ${label}`);
  composer.at(`${here.as} ${channel.id}`, `Message ${label}`, given);
  if (entered.name !== name) Object.assign(entered, {name, mark: channel.mark});
  const oldest = channel.messages[0];
  const nothing = oldest ? null : el("p", {class: "quiet empty", data: {line: "empty"}}, "Nothing was written here yet.");
  list(root("messages"), channel.messages, scene, {
    name,
    newFrom: entered.mark,
    stand: here.around,
    above: channel.earlier
      ? more("earlier", "Show earlier messages", () => open(here.around || here.shown >= MOST ? {around: oldest.ts} : {shown: here.shown + PAGE}))
      : nothing,
    below: channel.later ? more("later", "Go to the newest messages", () => open({around: null, at: null, shown: PAGE})) : null,
  });
  settle(root("messages"));
  hear(name, root("messages"), channel.messages);
  if (!channel.later) read(null, channel.newest, channel.mark);
}

/** Draw the thread beside the channel, when one is open. `close()` closes it. */
export function drawThread(scene, composer, form, close) {
  const pane = root("thread");
  pane.hidden = !given.thread;
  document.body.classList.toggle("with-thread", Boolean(given.thread));
  if (!given.thread) return;
  if (!pane.firstChild) {
    const head = el("div", {}, el("h2", {}, "Thread"), el("p", {class: "quiet"}));
    const closing = el("button", {type: "button", class: "button", on: {click: close}}, "Close thread");
    const replies = el("div", {id: "replies", tabindex: 0, role: "region", "aria-label": "Messages in the thread"});
    pane.append(el("div", {class: "aside-head"}, head, closing), replies, form);
    staysAtEnd(replies);
  }
  const label = given.channel.direct ? given.channel.name : `#${given.channel.name}`;
  pane.querySelector(".aside-head p").textContent = `in ${label}`;
  const {ts, messages} = given.thread;
  composer.at(`${here.as} ${given.channel.id} ${ts}`, "Reply in thread", given);
  const name = `${here.as} ${given.channel.id} ${ts}`;
  list(root("replies"), messages, scene, {name, inThread: true, newFrom: null, stand: here.at, above: null, below: null});
  settle(root("replies"));
  hear(name, root("replies"), messages);
  const newest = messages.at(-1);
  const parent = given.channel.messages.find((one) => one.ts === ts);
  if (!parent || parent.new_replies) read(ts, newest.ts, "");
}
