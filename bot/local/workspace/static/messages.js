/** Messages: the list of a channel, and of a thread; edits are shown where they stand. */

import {get} from "./api.js";
import {blocks} from "./blocks.js";
import {arrange, el, fill, keepingFocus} from "./dom.js";
import {mrkdwn} from "./mrkdwn.js";
import {complain} from "./notices.js";
import {here} from "./store.js";
import {dayAndTime, dayName, instantOf} from "./time.js";

/** A person's picture: initials on their own colour; the name stands beside it. */
export function avatar(author) {
  return el("span", {class: `avatar hue-${author.hue}`, "aria-hidden": "true"}, author.initials);
}

function files(message) {
  return message.files.map((file) => {
    const address = `files/${encodeURIComponent(file.id)}`;
    return /\.(png|jpe?g|gif)$/i.test(file.name)
      ? el("figure", {}, el("img", {src: address, alt: file.title || file.name}))
      : el("p", {}, el("a", {href: address, download: file.name}, file.title || file.name), ` (${file.size.toLocaleString("en")} bytes)`);
  });
}

function tool(message, name, label, act) {
  const key = `${message.ts}/${name}`;
  return el("button", {type: "button", class: "tool", tabindex: -1, data: {key}, on: {click: (event) => act(event.currentTarget)}}, label);
}

function tools(message, scene, inThread) {
  if (message.ephemeral) return null;
  const buttons = inThread ? [] : [tool(message, "reply", "Reply in thread", () => scene.openThread(message.thread ?? message.ts))];
  for (const shortcut of scene.shortcuts.filter((one) => one.on_message)) {
    buttons.push(tool(message, shortcut.callback_id, shortcut.name, (element) => scene.useShortcut(shortcut, message, element)));
  }
  return buttons.length > 0 ? el("div", {class: "tools"}, buttons) : null;
}

function replies(message, scene, inThread) {
  if (inThread || !message.replies) return null;
  const words = message.replies === 1 ? "1 reply" : `${message.replies} replies`;
  return el(
    "button",
    {type: "button", class: "replies", data: {key: `${message.ts}/replies`}, on: {click: () => scene.openThread(message.ts)}},
    words,
    el("span", {class: "quiet"}, ` last ${dayAndTime(instantOf(message.latest_reply), scene.now)}`),
    message.new_replies ? el("span", {class: "mark"}, "new") : null,
  );
}

/** The words of a message without blocks; a long one is folded until somebody wants it whole. */
function words(message, own) {
  const body = el("div", {class: "words"}, mrkdwn(message.text, own));
  if (!message.letters) return [body];
  const count = message.letters.toLocaleString("en");
  const whole = async () => {
    try {
      const {text} = await get("page/message", {as: here.as, channel: message.channel, ts: message.ts});
      fill(body, mrkdwn(text, own));
      more.remove();
    } catch (error) {
      complain(error.message);
    }
  };
  const more = el(
    "p",
    {},
    `… ${message.text.length.toLocaleString("en")} of ${count} letters are shown. `,
    el("button", {type: "button", class: "button", data: {key: `${message.ts}/all`}, on: {click: whole}}, "Show all"),
  );
  return [body, more];
}

function draw(given, scene, inThread) {
  const author = scene.author(given.from);
  const at = instantOf(given.ts);
  const own = {
    ...scene,
    key: `${inThread ? "thread" : "channel"}/${given.ts}`,
    values: given.values,
    press: (event, element, block, choice) => scene.press({message: given}, event, element, block, choice),
  };
  const linked = scene.at === given.ts;
  const notes = [given.ephemeral ? "only visible to you" : "", given.edited ? "edited" : "", linked ? "the message the link leads to" : ""];
  return el(
    "article",
    {
      class: ["message", given.ephemeral ? "ephemeral" : "", linked ? "linked" : ""].join(" ").trim(),
      tabindex: -1,
      "aria-label": [author.name, dayAndTime(at, scene.now), ...notes.filter(Boolean)].join(", "),
      data: {ts: given.ts},
    },
    given.ephemeral ? el("p", {class: "only-you"}, "👁 Only visible to you") : null,
    avatar(author),
    el(
      "div",
      {class: "said"},
      el(
        "p",
        {class: "by"},
        el("strong", {}, author.name),
        author.app ? el("span", {class: "app"}, "APP") : el("span", {class: "role"}, author.role),
        el("time", {datetime: at.toISOString()}, dayAndTime(at, scene.now)),
        given.edited ? el("span", {class: "quiet"}, "(edited)") : null,
        linked ? el("span", {class: "quiet"}, "← the link leads here") : null,
      ),
      given.blocks.length > 0 ? blocks(given.blocks, own) : words(given, own),
      files(given),
      replies(given, scene, inThread),
      tools(given, scene, inThread),
    ),
  );
}

/**
 * Show a list of messages, and draw only those that changed.
 *
 * `frame` names the list (another one starts at its end), where the line "New" stands, at which
 * message one stands, and what is above and below.
 */
export function list(root, given, scene, frame) {
  const fresh = root.dataset.list !== frame.name;
  const before = new Map([...root.children].map((one) => [one.dataset.line ?? one.dataset.ts, one]));
  const nodes = [frame.above];
  const add = (key, make) => {
    const node = before.get(key) ?? make();
    node.dataset.line = key;
    nodes.push(node);
  };
  let day = "";
  let told = false;
  for (const one of given) {
    const name = dayName(instantOf(one.ts), scene.now);
    if (name !== day && !frame.inThread) add(`day/${name}`, () => el("h3", {class: "day"}, name));
    day = name;
    if (frame.newFrom && !told && one.ts > frame.newFrom && one.from !== scene.me.handle) {
      told = true;
      if (one !== given[0]) add("new", () => el("p", {class: "new-line"}, "New"));
    }
    const print = JSON.stringify([one, scene.me.id, scene.at === one.ts, scene.now.toDateString()]);
    const old = before.get(one.ts);
    const node = !fresh && old?.print === print ? old : draw(one, scene, frame.inThread);
    node.print = print;
    nodes.push(node);
  }
  nodes.push(frame.below);
  root.dataset.list = frame.name;
  keepingFocus(root, () => arrange(root, nodes.filter(Boolean)));
  const stand = fresh && frame.stand && root.querySelector(`article[data-ts="${CSS.escape(frame.stand)}"]`);
  if (fresh) root.atEnd = !stand;
  if (stand) stand.scrollIntoView({block: "center"});
  toEnd(root);
}

function toEnd(root) {
  if (root.atEnd) root.scrollTop = root.scrollHeight;
}

/** Let a list stay at its end, where the reader has it so, also when its room changes or an image comes. */
export function staysAtEnd(root) {
  root.addEventListener("scroll", () => {
    root.atEnd = root.scrollHeight - root.scrollTop - root.clientHeight < 60;
  });
  root.addEventListener("load", () => toEnd(root), true);
  new ResizeObserver(() => toEnd(root)).observe(root);
}
