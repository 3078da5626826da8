/** Slack's mrkdwn as elements: what it may format, call and link, and nothing more. */

import {el} from "./dom.js";
import {sign} from "./emoji.js";
import {slackDate} from "./time.js";

const ENTITY = /<([^<>\n]+)>/;
const CODE = /`([^`\n]+)`/;
const ADDRESS = /^(https?:|mailto:|tel:)/i;
const EMOJI = /:([a-z0-9_+-]+):/;
const STYLES = [
  [/(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])/, "strong"],
  [/(?<![\w_])_(?=\S)([^_\n]*[^_\s])_(?![\w_])/, "em"],
  [/(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])/, "s"],
];

function unescaped(words) {
  return words.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** A mention of somebody; one's own stands out. */
export function person(id, label, scene) {
  const known = scene.people.get(id);
  const mine = id === scene.me.id;
  return el("span", {class: mine ? "mention mine" : "mention"}, `@${known?.name ?? label ?? id}`);
}

/** A mention of a user group; one's own group stands out. */
export function group(id, scene) {
  return el("span", {class: scene.myGroups.has(id) ? "mention mine" : "mention"}, `@${scene.groups.get(id) ?? "group"}`);
}

/** A channel's name, which leads there when the reader is in it. */
export function channel(id, scene) {
  const known = scene.channels.get(id);
  if (!known) return el("span", {class: "mention"}, "#private-channel");
  return el("a", {class: "mention", href: `#place=${encodeURIComponent(id)}`}, `#${known.name}`);
}

/** A link to somewhere else; one to a message here stays on this page. Only addresses are linked, never scripts. */
export function link(target, words) {
  if (!ADDRESS.test(target)) return document.createTextNode(words);
  const here = target.startsWith(`${location.origin}/archives/`);
  return el("a", {href: target, target: here ? null : "_blank", rel: "noreferrer"}, words);
}

function entity(inner, scene) {
  const cut = inner.indexOf("|");
  const target = cut < 0 ? inner : inner.slice(0, cut);
  const label = cut < 0 ? undefined : unescaped(inner.slice(cut + 1));
  if (target.startsWith("@")) return person(target.slice(1), label, scene);
  if (target.startsWith("#")) return channel(target.slice(1), scene);
  if (target.startsWith("!date^")) {
    const [, seconds, format] = target.split("^");
    const instant = new Date(Number(seconds) * 1000);
    const words = slackDate(seconds, format, label, scene.now);
    return Number.isNaN(instant.getTime()) ? document.createTextNode(words) : el("time", {datetime: instant.toISOString()}, words);
  }
  if (target.startsWith("!subteam^")) return group(target.slice(9), scene);
  if (target.startsWith("!")) return el("span", {class: "mention mine"}, `@${label ?? target.slice(1)}`);
  if (ADDRESS.test(target)) {
    const address = unescaped(target);
    return link(address, label ?? address.replace(/^(mailto|tel):/, ""));
  }
  return document.createTextNode(unescaped(`<${inner}>`));
}

const RULES = [
  [CODE, (found) => el("code", {}, unescaped(found[1]))],
  [ENTITY, (found, scene) => entity(found[1], scene)],
  ...STYLES.map(([pattern, tag]) => [pattern, (found, scene) => el(tag, {}, ...inline(found[1], scene))]),
  [EMOJI, (found) => {
    const glyph = sign(found[1]);
    return glyph ? el("span", {role: "img", "aria-label": found[1].replaceAll("_", " ")}, glyph) : found[0];
  }],
];

/** Format one line. Each rule is asked again only after its last find was passed: long lines stay quick. */
function inline(words, scene) {
  const nodes = [];
  const next = RULES.map(() => undefined);
  let at = 0;
  for (;;) {
    let first = -1;
    RULES.forEach(([pattern], index) => {
      if (next[index] === undefined || (next[index] && next[index].index < at)) {
        const own = new RegExp(pattern.source, "g");
        own.lastIndex = at;
        next[index] = own.exec(words);
      }
      if (next[index] && (first < 0 || next[index].index < next[first].index)) first = index;
    });
    if (first < 0) break;
    const found = next[first];
    if (found.index > at) nodes.push(unescaped(words.slice(at, found.index)));
    nodes.push(RULES[first][1](found, scene));
    at = found.index + found[0].length;
  }
  if (at < words.length) nodes.push(unescaped(words.slice(at)));
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
