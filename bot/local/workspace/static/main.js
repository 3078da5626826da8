/** The page as a whole: what is shown, as whom, and what follows from a press. */

import {get, listen, post} from "./api.js";
import {blocks} from "./blocks.js";
import {Composer} from "./composer.js";
import {announce, el, fill, keepingFocus} from "./dom.js";
import {list} from "./messages.js";
import {modals, sure} from "./modals.js";
import {Read, people, sidebar} from "./sidebar.js";
import {readIn} from "./time.js";
import {trial} from "./trial.js";

const root = (id) => document.getElementById(id);
const PAGE = 100;
const given = {};
const here = {as: "op1", place: null, thread: null, shown: PAGE};
let boot = null;
let read = null;
let lastSeen = "";

function address() {
  const words = new URLSearchParams(location.hash.slice(1));
  here.as = words.get("as") ?? here.as;
  here.place = words.get("place") ?? here.place;
  here.thread = words.get("thread");
}

function remember() {
  const words = new URLSearchParams({as: here.as, place: here.place ?? ""});
  if (here.thread) words.set("thread", here.thread);
  history.replaceState(null, "", `#${words}`);
}

function complain(error) {
  const banner = root("banner");
  banner.textContent = `⚠️ ${error.message}`;
  banner.hidden = false;
}

async function attempt(work) {
  root("banner").hidden = true;
  try {
    await work();
  } catch (error) {
    complain(error);
  }
  await refresh();
}

function scene() {
  return {
    now: new Date(given.now),
    me: given.me,
    people: new Map(given.people.map((one) => [one.id, one])),
    channels: new Map(given.channels.map((one) => [one.id, one])),
    groups: new Map(Object.entries(given.groups)),
    shortcuts: given.shortcuts,
    author: (from) => given.authors[from] ?? {name: from, role: "", initials: "?", hue: 0, app: false},
    fileAddress: (file) => `files/${encodeURIComponent(file.id ?? "")}`,
    openThread: (ts) => (open({thread: ts}), root("thread").focus()),
    press,
    submit: async (view, values) => {
      await post("submit", {as: here.as, view: view.id, values});
      await refresh();
    },
    closeView: (view) => attempt(() => post("close", {as: here.as, view: view.id})),
    useShortcut: (shortcut, message) =>
      attempt(() => post("shortcut", {as: here.as, name: shortcut.name, channel: message.channel, ts: message.ts})),
  };
}

/** Return the name by which exactly one thing here can be pressed. */
function nameOf(element, block, list) {
  const all = list.flatMap((one) => [...(one.elements ?? []), one.accessory, one.element].filter(Boolean));
  const once = (read, wanted) => wanted !== undefined && all.filter((one) => read(one) === wanted).length === 1;
  if (once((one) => one.action_id, element.action_id)) return element.action_id;
  if (once((one) => one.accessibility_label, element.accessibility_label)) return element.accessibility_label;
  if (once((one) => one.value, element.value)) return element.value;
  return block.block_id;
}

async function press(where, event, element, block, choice) {
  if (!element.url) event?.preventDefault();
  if (!(await sure(element.confirm))) return;
  const target = where.view ? {view: where.view.id} : {channel: where.message.channel, ts: where.message.ts};
  await attempt(() =>
    post("click", {
      as: here.as,
      ...target,
      button: nameOf(element, block, (where.view ?? where.message).blocks),
      choose: choice ?? null,
    }),
  );
}

function open(change) {
  Object.assign(here, change);
  remember();
  root("sidebar").classList.remove("open");
  root("show-channels").setAttribute("aria-expanded", "false");
  return refresh();
}

const composer = new Composer(root("composer"), "Message", (words) => send(words, null));
const threadForm = el("form", {id: "thread-composer", autocomplete: "off"});
const threadComposer = new Composer(threadForm, "Reply in thread", (words) => send(words, here.thread));

async function send(words, thread) {
  root("messages").scrollTop = root("messages").scrollHeight;
  if (words.startsWith("/") && !thread) {
    const said = await post("command", {as: here.as, channel: given.channel.name, text: words});
    if (said.error) announce(said.error);
  } else {
    await post("message", {as: here.as, channel: given.channel.name, text: words, thread});
  }
  await refresh();
}

function drawHome() {
  const name = el("h2", {}, "App Home");
  fill(root("place"), name);
  root("composer").hidden = true;
  const home = given.home;
  const own = {...scene(), key: "home", press: (event, element, block, choice) => press({view: home}, event, element, block, choice)};
  const body = home ? blocks(home.blocks, own) : [el("p", {class: "quiet"}, "The bot has not shown anything here yet.")];
  keepingFocus(root("messages"), () => fill(root("messages"), el("div", {class: "home"}, body)));
}

function drawChannel() {
  const channel = given.channel;
  const label = channel.direct ? "faxi-bot" : `#${channel.name}`;
  fill(root("place"), el("h2", {}, label));
  root("composer").hidden = false;
  composer.name(`Message ${label}`);
  composer.offer(given.commands);
  const more = channel.total - channel.messages.length;
  list(root("messages"), channel.messages, scene());
  if (more > 0) {
    root("messages").prepend(
      el(
        "button",
        {type: "button", class: "replies", data: {key: "earlier"}, on: {click: () => open({shown: here.shown + PAGE})}},
        `Show earlier (${more.toLocaleString("en")} more)`,
      ),
    );
  }
  const newest = channel.messages.at(-1);
  read.mark(channel.id, channel.newest);
  if (newest && newest.ts > lastSeen && lastSeen) announce(`${newest.from}: ${newest.text || newest.plain}`);
  lastSeen = newest?.ts ?? lastSeen;
}

function drawThread() {
  const pane = root("thread");
  pane.hidden = !given.thread;
  document.body.classList.toggle("with-thread", Boolean(given.thread));
  if (!given.thread) return;
  if (!pane.firstChild) {
    pane.tabIndex = -1;
    const closing = el("button", {type: "button", class: "tool", on: {click: () => open({thread: null})}}, "Close thread");
    pane.append(el("div", {class: "aside-head"}, el("h2", {}, "Thread"), closing), el("div", {id: "replies"}), threadForm);
  }
  list(root("replies"), given.thread, scene(), true);
}

function draw() {
  readIn(given.me.zone);
  people(root("act-as"), given, here.as);
  document.body.dataset.hue = given.me.hue;
  sidebar(root("sidebar"), given, here.place, read, (place) => goTo(place));
  if (here.place === "home") drawHome();
  else drawChannel();
  drawThread();
  modals(given.views, scene());
  root("show-trial").hidden = !given.trial;
  if (given.trial) drawTrial();
}

function drawTrial() {
  trial(root("trial"), given, {
    attempt,
    redraw: drawTrial,
    closeTrial: () => showTrial(false),
    go: async (as, place, words) => {
      const id = given.all_channels.find((one) => one.name === place)?.id;
      await open({as, place: id, thread: null, shown: PAGE});
      if (words) composer.write(words);
      if (matchMedia("(max-width: 900px)").matches) showTrial(false);
    },
  });
}

function showTrial(yes) {
  root("trial").hidden = !yes;
  root("show-trial").setAttribute("aria-expanded", yes ? "true" : "false");
  document.body.classList.toggle("with-trial", yes);
  if (!yes) root("show-trial").focus();
}

async function goTo(place) {
  lastSeen = "";
  if (place === "home") {
    await open({place, thread: null});
    await attempt(() => post("home", {as: here.as}));
  } else {
    await open({place, thread: null, shown: PAGE});
  }
}

let refreshing = null;
let again = false;

/** Ask for what is shown now, and draw it; calls that come meanwhile make one more round. */
async function refresh() {
  if (refreshing) {
    again = true;
    return refreshing;
  }
  refreshing = (async () => {
    do {
      again = false;
      try {
        const fresh = await get("page/view", {as: here.as, place: here.place, thread: here.thread, last: here.shown});
        Object.assign(given, fresh);
        here.place = given.place;
        read ??= new Read(given.boot, here.as);
        draw();
      } catch (error) {
        complain(error);
      }
    } while (again);
  })();
  await refreshing;
  refreshing = null;
}

function changed(life) {
  if (boot !== null && boot !== life) {
    root("banner").textContent = "⚠️ The workspace was started again. Reload this page to go on.";
    root("banner").hidden = false;
    return;
  }
  boot = life;
  refresh();
}

root("act-as").addEventListener("change", (event) => {
  read = null;
  lastSeen = "";
  open({as: event.target.value, thread: null, shown: PAGE});
});
root("show-channels").addEventListener("click", () => {
  const opened = root("sidebar").classList.toggle("open");
  root("show-channels").setAttribute("aria-expanded", opened ? "true" : "false");
  if (opened) root("sidebar").querySelector("button")?.focus();
});
root("show-trial").addEventListener("click", () => showTrial(root("trial").hidden));
addEventListener("hashchange", () => (address(), refresh()));
address();
await refresh();
showTrial(Boolean(given.trial) && !matchMedia("(max-width: 900px)").matches);
listen(changed, (yes) => {
  if (!yes) {
    root("banner").textContent = "⚠️ The workspace does not answer. This page tries again by itself.";
    root("banner").hidden = false;
  } else if (boot === null || !root("banner").textContent.includes("started again")) {
    root("banner").hidden = true;
  }
});
