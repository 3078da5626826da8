/** Slack's mrkdwn as elements: what it may format, call and link, and nothing more. */

import {el} from "./dom.js";
import {sign} from "./emoji.js";
import {slackDate} from "./time.js";

const ENTITY = /<([^<>\n]+)>/;
const CODE = /`([^`\n]+)`/;
const EMOJI = /:([a-z0-9_+-]+):/;
const STYLES = [
  [/(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])/, "strong"],
  [/(?<![\w_])_(?=\S)([^_\n]*[^_\s])_(?![\w_])/, "em"],
  [/(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])/, "s"],
];

function unescaped(words) {
  return words.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function entity(inner, scene) {
  const [target, label] = inner.split("|", 2);
  if (target.startsWith("@")) {
    const person = scene.people.get(target.slice(1));
    return el("span", {class: "mention"}, `@${person ? person.name : target.slice(1)}`);
  }
  if (target.startsWith("#")) {
    const channel = scene.channels.get(target.slice(1));
    return el("span", {class: "mention"}, `#${channel ? channel.name : "private channel"}`);
  }
  if (target.startsWith("!date^")) {
    const [, seconds, format] = target.split("^");
    return el("time", {datetime: new Date(Number(seconds) * 1000).toISOString()}, slackDate(seconds, format, scene.now));
  }
  if (target.startsWith("!subteam^")) {
    const group = scene.groups.get(target.slice(9).split("|")[0]);
    return el("span", {class: "mention"}, `@${group ?? "group"}`);
  }
  if (target.startsWith("!")) return el("span", {class: "mention"}, `@${target.slice(1)}`);
  if (/^(https?:|mailto:|tel:)/.test(target)) {
    return el("a", {href: target, target: "_blank", rel: "noreferrer"}, unescaped(label ?? target));
  }
  return document.createTextNode(unescaped(`<${inner}>`));
}

function inline(words, scene) {
  const rules = [
    [CODE, (found) => el("code", {}, unescaped(found[1]))],
    [ENTITY, (found) => entity(found[1], scene)],
    ...STYLES.map(([pattern, tag]) => [pattern, (found) => el(tag, {}, ...inline(found[1], scene))]),
    [EMOJI, (found) => {
      const glyph = sign(found[1]);
      return glyph ? el("span", {role: "img", "aria-label": found[1].replaceAll("_", " ")}, glyph) : found[0];
    }],
  ];
  const nodes = [];
  let rest = words;
  while (rest) {
    let first = null;
    for (const [pattern, make] of rules) {
      const found = pattern.exec(rest);
      if (found && (first === null || found.index < first.found.index)) first = {found, make};
    }
    if (first === null) break;
    if (first.found.index > 0) nodes.push(unescaped(rest.slice(0, first.found.index)));
    nodes.push(first.make(first.found));
    rest = rest.slice(first.found.index + first.found[0].length);
  }
  if (rest) nodes.push(unescaped(rest));
  return nodes;
}

/** Return the nodes of a text in mrkdwn. `scene` knows people, channels, groups and the time. */
export function mrkdwn(words, scene) {
  const nodes = [];
  const parts = words.split("```");
  parts.forEach((part, index) => {
    if (index % 2 === 1 && index < parts.length - 1) {
      nodes.push(el("pre", {}, el("code", {}, unescaped(part.replace(/^\n|\n$/g, "")))));
      return;
    }
    let quote = null;
    part.split("\n").forEach((line, number) => {
      const quoted = /^&gt;\s?(.*)$/.exec(line);
      if (quoted) {
        quote ??= nodes[nodes.push(el("blockquote")) - 1];
        quote.append(el("p", {}, ...inline(quoted[1], scene)));
        return;
      }
      if (number > 0 && quote === null) nodes.push(el("br"));
      quote = null;
      nodes.push(...inline(line, scene));
    });
  });
  return nodes;
}
