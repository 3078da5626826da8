/** The page as a whole: it asks what there is to see, draws it, and asks again at each change. */

import {AwayError, get, listen} from "./api.js";
import {Composer} from "./composer.js";
import {deeds} from "./deeds.js";
import {el} from "./dom.js";
import {listenForKeys, showKeys, walkable} from "./keys.js";
import {staysAtEnd} from "./messages.js";
import {modals} from "./modals.js";
import {complain, forgive, isOld, sayAway, sayRestarted} from "./notices.js";
import {drawChannel, drawHome, drawThread} from "./places.js";
import {people, sidebar} from "./sidebar.js";
import {PAGE, given, here, isMoving, readAddress, surroundings, writeAddress} from "./store.js";
import {readIn} from "./time.js";
import {trial} from "./trial.js";

const FIRST = "op1";
const root = (id) => document.getElementById(id);
const narrow = matchMedia("(max-width: 900px)");
let boot = null;
let walked = false; // whether somebody went elsewhere: then Back leads to where they were

const act = deeds(refresh);
const composer = new Composer(root("composer"), true, (words) => {
  Object.assign(here, {around: null, at: null});
  root("messages").atEnd = true;
  return act.send(words, null);
});
const threadForm = el("form", {id: "thread-composer", autocomplete: "off"});
const threadComposer = new Composer(threadForm, false, (words) => act.send(words, here.thread));

function scene() {
  return {
    ...surroundings(),
    openThread: async (ts) => {
      await open({thread: ts});
      threadComposer.focus();
    },
    press: act.press,
    submit: act.submit,
    closeView: act.closeView,
    useShortcut: act.useShortcut,
    back: (before) => (before?.isConnected && before !== document.body ? before : root("composer").querySelector("textarea")).focus(),
  };
}

function open(change) {
  const left = change.place !== undefined || change.as !== undefined;
  Object.assign(here, left ? {thread: null, at: null, around: null, shown: PAGE} : {}, change);
  forgive();
  showChannels(false);
  walked = true;
  return refresh();
}

async function goTo(place) {
  await open({place});
  if (place === "home") await act.openHome();
}

async function closeThread() {
  const ts = here.thread;
  await open({thread: null});
  (root("messages").querySelector(`article[data-ts="${CSS.escape(ts)}"]`) ?? root("messages")).focus();
}

function draw() {
  readIn(given.me.zone);
  people(root("act-as"), root("picture"), given);
  document.body.dataset.hue = given.me.hue;
  sidebar(root("sidebar"), given, here.place, goTo, showKeys);
  if (here.place === "home") drawHome(scene(), act.press);
  else drawChannel(scene(), composer, open);
  drawThread(scene(), threadComposer, threadForm, closeThread);
  modals(given.views, scene());
  root("show-trial").hidden = !given.trial;
  if (given.trial) drawTrial();
  root("show-trial").setAttribute("aria-expanded", seen("trial") ? "true" : "false");
}

function drawTrial() {
  trial(root("trial"), given, {
    attempt: act.attempt,
    redraw: drawTrial,
    closeTrial: () => showTrial(false),
    go: async (as, place, words) => {
      const id = given.all_channels.find((one) => one.name === place)?.id;
      if (narrow.matches) showTrial(false);
      await open({as, place: id});
      if (words) composer.write(words);
    },
  });
}

/** Show or hide the panel; where there is no room for both, an open thread gives way to one that was asked for. */
function showTrial(yes, asked = true) {
  root("trial").hidden = !yes;
  document.body.classList.toggle("with-trial", yes);
  const covered = yes && asked && !seen("trial");
  root("show-trial").setAttribute("aria-expanded", seen("trial") ? "true" : "false");
  if (!yes) root("show-trial").focus();
  if (covered) open({thread: null});
}

function seen(id) {
  return root(id).getClientRects().length > 0;
}

function showChannels(yes) {
  root("sidebar").classList.toggle("open", yes);
  root("show-channels").setAttribute("aria-expanded", yes ? "true" : "false");
  if (yes) root("sidebar").querySelector("[aria-current], button")?.focus();
}

/** Ask for what there is to see now. A person or place that is not there is said, and another is shown. */
async function look() {
  const asked = here.place;
  const from = JSON.stringify(here);
  const fresh = await get("page/view", {as: here.as, place: asked, thread: here.thread, around: here.around, last: here.shown});
  if (boot !== null && fresh.boot !== boot) return sayRestarted();
  if (from !== JSON.stringify(here) || isMoving()) return; // one went elsewhere meanwhile, which looks again
  boot = fresh.boot;
  Object.assign(given, fresh);
  if (asked && ![given.place, given.channel?.name].includes(asked)) {
    complain(`${given.me.name} is not in that channel. Act as somebody who is, or choose another one.`);
    Object.assign(here, {at: null, around: null});
  }
  Object.assign(here, {as: given.me.handle, place: given.place, thread: given.thread?.ts ?? null});
  writeAddress(!walked);
  walked = false;
  draw();
}

let looking = null;
let again = false;

/** Look and draw; calls that come meanwhile make one more round. */
async function refresh() {
  again = true;
  looking ??= (async () => {
    while (again && !isOld()) {
      again = false;
      try {
        await look();
      } catch (error) {
        if (error instanceof AwayError) sayAway(true);
        else complain(error.message);
        again ||= !given.me && here.as !== FIRST; // the address may name nobody
        if (!given.me) here.as = FIRST;
      }
    }
    looking = null;
  })();
  await looking;
}

function changed(life) {
  if (boot !== null && boot !== life) sayRestarted();
  else refresh();
}

/** A link to a message of this workspace is followed on this page, as whom one acts. */
function follow(event) {
  const link = event.target.closest("a[href]");
  if (link?.dataset.skip) return event.preventDefault(), root(link.dataset.skip)?.focus();
  const path = link && link.origin === location.origin && /^\/archives\/(\w+)\/p?(\d+)(\d{6})$/.exec(link.pathname);
  if (!path || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const at = `${path[2]}.${path[3]}`;
  open({place: path[1], at, around: at});
}

root("act-as").addEventListener("change", (event) => {
  open({as: event.target.value, place: given.channel?.direct ? given.channel.name : here.place});
});
root("show-channels").addEventListener("click", () => showChannels(!root("sidebar").classList.contains("open")));
root("show-trial").addEventListener("click", () => showTrial(!seen("trial")));
for (const id of ["messages", "thread"]) walkable(root(id));
listenForKeys(() => {
  if (root("sidebar").classList.contains("open")) showChannels(false), root("show-channels").focus();
  else if (!root("thread").hidden && root("thread").contains(document.activeElement)) closeThread();
});
document.addEventListener("click", follow);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && refresh());
addEventListener("hashchange", () => (readAddress(), refresh()));
staysAtEnd(root("messages"));
readAddress();
await refresh();
if (given.trial && !narrow.matches) showTrial(true, false);
listen(changed, (yes) => sayAway(!yes));
