/** Slack's safe blocks as elements: header, section, context, actions, divider, image, rich_text, input. */

import {el} from "./dom.js";
import {plain, withSigns} from "./emoji.js";
import {field} from "./fields.js";
import {channel, group, link, mrkdwn, person} from "./mrkdwn.js";
import {slackDate} from "./time.js";

function text(object, scene) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, scene) : [plain(object)];
}

function button(element, block, scene) {
  const attributes = {
    class: `button ${element.style ?? ""}`.trim(),
    "aria-label": element.accessibility_label,
    data: {key: `${scene.key}/${block.block_id}/${element.action_id}/${element.value ?? ""}`},
  };
  if (/^https?:/i.test(element.url ?? "")) {
    return el(
      "a",
      {...attributes, href: element.url, target: element.url.startsWith(`${location.origin}/archives/`) ? null : "_blank", rel: "noreferrer", on: {click: (event) => scene.press(event, element, block)}},
      plain(element.text),
    );
  }
  return el(
    "button",
    {...attributes, type: "button", on: {click: (event) => scene.press(event, element, block)}},
    plain(element.text),
  );
}

function interactive(element, block, scene) {
  if (element.type === "button") return button(element, block, scene);
  return field(element, block, scene, (choice) => scene.press(null, element, block, choice));
}

/** An image of this workspace; one from elsewhere is not fetched: its words stand for it. */
function image(source) {
  const file = source.slack_file;
  const outside = source.image_url ?? (file?.url && !file.url.startsWith(location.origin) ? file.url : null);
  if (outside) return el("span", {class: "outside"}, `🖼 ${source.alt_text} (an image from elsewhere, not loaded here)`);
  const id = file?.id ?? file?.url?.split("/").at(-1) ?? "";
  return el("img", {src: `files/${encodeURIComponent(id)}`, alt: source.alt_text, loading: "lazy"});
}

const RICH = {
  text: (part) => document.createTextNode(part.text),
  link: (part) => link(part.url, part.text ?? part.url),
  emoji: (part) => document.createTextNode(withSigns(`:${part.name}:`)),
  user: (part, scene) => person(part.user_id, null, scene),
  usergroup: (part, scene) => group(part.usergroup_id, scene),
  channel: (part, scene) => channel(part.channel_id, scene),
  broadcast: (part) => el("span", {class: "mention mine"}, `@${part.range}`),
  date: (part, scene) => el("time", {}, slackDate(part.timestamp, part.format, part.fallback, scene.now)),
};

function richInline(part, scene) {
  let node = RICH[part.type]?.(part, scene) ?? document.createTextNode(`[${part.type}]`);
  for (const [name, tag] of [["bold", "strong"], ["italic", "em"], ["strike", "s"], ["code", "code"]]) {
    if (part.style?.[name]) node = el(tag, {}, node);
  }
  return node;
}

function rich(part, scene) {
  const inside = () => part.elements.map((one) => richInline(one, scene));
  if (part.type === "rich_text_quote") return el("blockquote", {class: "words"}, inside());
  if (part.type === "rich_text_preformatted") return el("pre", {}, el("code", {}, inside()));
  if (part.type === "rich_text_list") {
    const list = part.style === "ordered" ? "ol" : "ul";
    return el(list, {}, part.elements.map((one) => el("li", {}, one.elements.map((two) => richInline(two, scene)))));
  }
  return el("p", {class: "words"}, inside());
}

const MAKERS = {
  header: (block) => el("h3", {class: "header"}, plain(block.text)),
  divider: () => el("hr"),
  section(block, scene) {
    const words = el(
      "div",
      {class: "words"},
      block.text ? text(block.text, scene) : null,
      block.fields ? el("div", {class: "fields"}, block.fields.map((one) => el("div", {}, text(one, scene)))) : null,
    );
    const accessory = block.accessory
      ? el(
          "div",
          {class: "accessory"},
          block.accessory.type === "image" ? image(block.accessory) : interactive(block.accessory, block, scene),
        )
      : null;
    return el("div", {class: "section"}, words, accessory);
  },
  context: (block, scene) =>
    el(
      "div",
      {class: "context"},
      block.elements.map((one) => (one.type === "image" ? image(one) : el("span", {}, text(one, scene)))),
    ),
  actions: (block, scene) =>
    el("div", {class: "actions"}, block.elements.map((element) => interactive(element, block, scene))),
  image: (block, scene) =>
    el("figure", {}, block.title ? el("figcaption", {}, plain(block.title)) : null, image(block)),
  rich_text: (block, scene) => el("div", {class: "rich"}, block.elements.map((part) => rich(part, scene))),
  input(block, scene) {
    const id = `${scene.key}-${block.block_id}`.replace(/[^\w-]/g, "_");
    const error = scene.errors?.[block.block_id];
    const hint = block.hint ? el("p", {class: "hint", id: `${id}-hint`}, plain(block.hint)) : null;
    const wrong = error ? el("p", {class: "error", id: `${id}-error`}, `⚠️ ${error}`) : null;
    const described = [wrong && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ") || null;
    const label = plain(block.label) + (block.optional ? " (optional)" : "");
    const acts = block.dispatch_action ? (choice) => scene.press(null, block.element, block, choice) : null;
    const input = field(block.element, block, {...scene, id, described, wrong: Boolean(error), label}, acts);
    const grouped = input.tagName === "FIELDSET";
    return el("div", {class: "input"}, grouped ? null : el("label", {for: id}, label), input, wrong, hint);
  },
};

/** Return the elements of a list of blocks. A block that the page does not know is named, not hidden. */
export function blocks(list, scene) {
  return list.map((block) => {
    const make = MAKERS[block.type];
    return make ? make(block, scene) : el("p", {class: "error"}, `This page cannot show the block “${block.type}”.`);
  });
}
