/** Messages: the list of a channel, and of a thread; edits are shown where they stand. */

import {blocks} from "./blocks.js";
import {el, keepingFocus} from "./dom.js";
import {mrkdwn} from "./mrkdwn.js";
import {dayAndTime, dayName, instantOf} from "./time.js";

function avatar(author) {
  return el("span", {class: `avatar hue-${author.hue}`, "aria-hidden": "true"}, author.initials);
}

function files(message) {
  return message.files
    .filter((file) => file.url)
    .map((file) => el("figure", {}, el("img", {src: file.url, alt: file.alt_txt ?? file.title ?? "a file"})));
}

function tools(message, scene, inThread) {
  const buttons = [];
  if (!message.ephemeral && !inThread) {
    buttons.push(
      el(
        "button",
        {
          type: "button",
          class: "tool",
          data: {key: `${message.ts}/reply`},
          on: {click: () => scene.openThread(message.thread ?? message.ts)},
        },
        "Reply in thread",
      ),
    );
  }
  if (!message.ephemeral) {
    for (const shortcut of scene.shortcuts) {
      buttons.push(
        el(
          "button",
          {
            type: "button",
            class: "tool",
            data: {key: `${message.ts}/${shortcut.callback_id}`},
            on: {click: () => scene.useShortcut(shortcut, message)},
          },
          shortcut.name,
        ),
      );
    }
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
  );
}

/** Draw one message. */
export function message(given, scene, inThread = false) {
  const author = scene.author(given.from);
  const at = instantOf(given.ts);
  const own = {
    ...scene,
    key: given.ts,
    press: (event, element, block, choice) => scene.press({message: given}, event, element, block, choice),
  };
  const body = given.blocks.length > 0 ? blocks(given.blocks, own) : [el("p", {class: "words"}, mrkdwn(given.text ?? "", own))];
  return el(
    "article",
    {
      class: given.ephemeral ? "message ephemeral" : "message",
      "aria-label": `${author.name}, ${dayAndTime(at, scene.now)}${given.ephemeral ? ", only visible to you" : ""}`,
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
      ),
      body,
      files(given),
      replies(given, scene, inThread),
      tools(given, scene, inThread),
    ),
  );
}

/**
 * Show a list of messages, and draw only those that changed.
 *
 * Scrolls to the newest where the reader was at the end already.
 */
export function list(root, given, scene, inThread = false) {
  const atEnd = root.scrollHeight - root.scrollTop - root.clientHeight < 60;
  const before = new Map([...root.querySelectorAll(":scope > article")].map((one) => [one.dataset.ts, one]));
  const nodes = [];
  let day = "";
  for (const one of given) {
    const name = dayName(instantOf(one.ts), scene.now);
    if (name !== day && !inThread) nodes.push(el("h3", {class: "day"}, name));
    day = name;
    const print = JSON.stringify([one, scene.me.id]);
    const old = before.get(one.ts);
    if (old?.dataset.print === print) {
      nodes.push(old);
    } else {
      const fresh = message(one, scene, inThread);
      fresh.dataset.print = print;
      nodes.push(fresh);
    }
  }
  keepingFocus(root, () => root.replaceChildren(...nodes));
  if (atEnd) root.scrollTop = root.scrollHeight;
}
