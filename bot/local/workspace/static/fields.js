/** What forms ask with: fields to type into, choices, people, dates and times. */

import {el} from "./dom.js";
import {plain} from "./emoji.js";

function common(element, block, scene) {
  return {
    id: scene.id,
    "aria-describedby": scene.described,
    "aria-invalid": scene.wrong ? "true" : null,
    "aria-label": scene.id ? null : element.placeholder ? plain(element.placeholder) : element.action_id,
    data: {key: `${scene.key}/${block.block_id}/${element.action_id}`, block: block.block_id, action: element.action_id},
  };
}

function typed(element, block, scene) {
  const attributes = {
    ...common(element, block, scene),
    placeholder: element.placeholder ? plain(element.placeholder) : null,
    maxlength: element.max_length,
    class: "field",
  };
  const value = scene.kept?.[block.block_id] ?? element.initial_value ?? "";
  const input = element.multiline ? el("textarea", {...attributes, rows: 4}) : el("input", {...attributes, type: "text"});
  input.value = value;
  return input;
}

function options(element) {
  return element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);
}

function menu(element, block, scene, chosen) {
  const given = element.type === "users_select" ? [...scene.people.values()].map((one) => ({value: one.id, words: one.name}))
    : options(element).map((one) => ({value: one.value, words: plain(one.text)}));
  const initial = scene.kept?.[block.block_id] ?? element.initial_option?.value ?? element.initial_user ?? "";
  const words = element.placeholder ? plain(element.placeholder) : "Choose…";
  const select = el(
    "select",
    {...common(element, block, scene), class: "field", on: chosen ? {change: () => chosen(select.value)} : {}},
    el("option", {value: ""}, element.type === "overflow" ? "More…" : words),
    given.map((one) => el("option", {value: one.value}, one.words)),
  );
  select.value = initial;
  return select;
}

function ticks(element, block, scene, chosen) {
  const kind = element.type === "radio_buttons" ? "radio" : "checkbox";
  const first = [element.initial_option?.value, ...(element.initial_options ?? []).map((one) => one.value)];
  const kept = scene.kept?.[block.block_id];
  const wanted = kept === undefined ? first : [kept].flat();
  const attributes = common(element, block, scene);
  const name = `${scene.key}-${block.block_id}-${element.action_id}`;
  const boxes = options(element).map((one) => {
    const input = el("input", {
      type: kind,
      name,
      value: one.value,
      data: {key: `${attributes.data.key}/${one.value}`},
      on: chosen ? {change: () => chosen(one.value)} : {},
    });
    input.checked = wanted.includes(one.value);
    const words = one.description ? [plain(one.text), el("small", {}, plain(one.description))] : [plain(one.text)];
    return el("label", {class: "tick"}, input, el("span", {}, ...words));
  });
  return el(
    "fieldset",
    {id: attributes.id, "aria-describedby": attributes["aria-describedby"], data: attributes.data, class: "ticks"},
    el("legend", {}, scene.label ?? element.action_id),
    boxes,
  );
}

function moment(element, block, scene, chosen) {
  const kind = element.type === "timepicker" ? "time" : "date";
  const input = el("input", {
    ...common(element, block, scene),
    type: kind,
    class: "field",
    on: chosen ? {change: () => chosen(input.value)} : {},
  });
  input.value = scene.kept?.[block.block_id] ?? element.initial_date ?? element.initial_time ?? "";
  return input;
}

const MAKERS = {
  plain_text_input: typed,
  static_select: menu,
  users_select: menu,
  overflow: menu,
  radio_buttons: ticks,
  checkboxes: ticks,
  datepicker: moment,
  timepicker: moment,
};

/** Make a field. `chosen(value)` is called at a choice where the element acts at once. */
export function field(element, block, scene, chosen) {
  const make = MAKERS[element.type];
  return make
    ? make(element, block, scene, chosen)
    : el("p", {class: "error"}, `This page cannot show the field “${element.type}”.`);
}

/** Read what a form holds: block id to value (a list for checkboxes). */
export function values(root) {
  const found = {};
  for (const one of root.querySelectorAll("[data-block]")) {
    const block = one.dataset.block;
    if (one.tagName === "FIELDSET") {
      const ticked = [...one.querySelectorAll("input:checked")].map((input) => input.value);
      const many = one.querySelector("input")?.type === "checkbox";
      if (many) found[block] = ticked;
      else if (ticked.length > 0) found[block] = ticked[0];
    } else if (one.value !== "") {
      found[block] = one.value;
    }
  }
  return found;
}
