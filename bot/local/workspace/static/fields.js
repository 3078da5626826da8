/** What forms ask with: fields to type into, choices, people, dates and times. */

import {plain} from "./emoji.js";
import {el} from "./dom.js";
import {instantOfField, localField} from "./time.js";

/** Return what an element holds: typed here, else known to the workspace, else what it shows at first. */
function held(element, block, scene) {
  const kept = scene.kept?.get(`${block.block_id}/${element.action_id}`);
  if (kept !== undefined) return kept;
  const state = scene.values?.[block.block_id]?.[element.action_id];
  const known = state && (
    state.value ?? state.selected_option?.value ?? state.selected_options?.map((one) => one.value) ??
    state.selected_user ?? state.selected_date ?? state.selected_time ?? state.selected_date_time);
  if (known !== undefined && known !== null) return known;
  return (
    element.initial_value ?? element.initial_option?.value ?? element.initial_options?.map((one) => one.value) ??
    element.initial_user ?? element.initial_date ?? element.initial_time ?? element.initial_date_time ?? "");
}

function common(element, block, scene) {
  const key = `${block.block_id}/${element.action_id}`;
  return {
    id: scene.id,
    "aria-describedby": scene.described,
    "aria-invalid": scene.wrong ? "true" : null,
    "aria-required": scene.id && !block.optional ? "true" : null,
    "aria-label": scene.id ? null : element.placeholder ? plain(element.placeholder) : "Choose",
    data: {key: `${scene.key}/${key}`, field: scene.id ? key : null, kind: element.type, wrong: scene.wrong ? "yes" : null},
  };
}

function typed(element, block, scene, chosen) {
  const attributes = {
    ...common(element, block, scene),
    placeholder: element.placeholder ? plain(element.placeholder) : null,
    maxlength: element.max_length,
    class: "field",
    on: chosen ? {change: () => chosen(input.value)} : {},
  };
  const input = element.multiline ? el("textarea", {...attributes, rows: 4}) : el("input", {...attributes, type: "text"});
  input.value = held(element, block, scene);
  return input;
}

function menu(element, block, scene, chosen) {
  const option = (one) => el("option", {value: one.value}, plain(one.text));
  const people = () => [...scene.people.values()].map((one) => el("option", {value: one.id}, one.role ? `${one.name} (${one.role})` : one.name));
  const words = element.placeholder ? plain(element.placeholder) : "Choose…";
  const groups = (element.option_groups ?? []).map((one) => el("optgroup", {label: plain(one.label)}, one.options.map(option)));
  const select = el(
    "select",
    {...common(element, block, scene), class: "field", on: chosen ? {change: () => chosen(select.value)} : {}},
    el("option", {value: ""}, element.type === "overflow" ? "More…" : words),
    element.type === "users_select" ? people() : [...(element.options ?? []).map(option), ...groups],
  );
  select.value = held(element, block, scene);
  if (select.selectedIndex < 0) select.selectedIndex = 0;
  return select;
}

function ticks(element, block, scene, chosen) {
  const one = element.type === "radio_buttons";
  const wanted = [held(element, block, scene)].flat();
  const attributes = common(element, block, scene);
  const name = `${scene.key}-${block.block_id}-${element.action_id}`;
  const boxes = element.options.map((choice) => {
    const input = el("input", {
      type: one ? "radio" : "checkbox",
      name,
      value: choice.value,
      data: {key: `${attributes.data.key}/${choice.value}`},
      on: chosen ? {change: () => chosen(read(group))} : {},
    });
    input.checked = wanted.includes(choice.value);
    const words = choice.description ? [plain(choice.text), el("small", {}, plain(choice.description))] : [plain(choice.text)];
    return el("label", {class: "tick"}, input, el("span", {}, ...words));
  });
  const group = el(
    "fieldset",
    {
      id: attributes.id,
      role: one ? "radiogroup" : null,
      "aria-describedby": attributes["aria-describedby"],
      "aria-invalid": one ? attributes["aria-invalid"] : null,
      "aria-required": one ? attributes["aria-required"] : null,
      data: attributes.data,
      class: "ticks",
    },
    el("legend", {class: scene.label ? null : "unseen"}, scene.label ?? "Choose"),
    boxes,
  );
  return group;
}

const MOMENTS = {datepicker: "date", timepicker: "time", datetimepicker: "datetime-local"};

function moment(element, block, scene, chosen) {
  const input = el("input", {
    ...common(element, block, scene),
    type: MOMENTS[element.type],
    class: "field",
    on: chosen ? {change: () => chosen(read(input))} : {},
  });
  const value = held(element, block, scene);
  input.value = element.type === "datetimepicker" && typeof value === "number" ? localField(value) : value;
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
  datetimepicker: moment,
};

/** Make a field. `chosen(value)` is called at a choice where the element acts at once. */
export function field(element, block, scene, chosen) {
  const make = MAKERS[element.type];
  return make
    ? make(element, block, scene, chosen)
    : el("p", {class: "error"}, `This page cannot show the field “${element.type}”.`);
}

/** Return what one field holds, as the workspace takes it: a text, or a list for checkboxes. */
function read(one) {
  if (one.tagName === "FIELDSET") {
    const ticked = [...one.querySelectorAll("input:checked")].map((input) => input.value);
    return one.dataset.kind === "checkboxes" ? ticked : (ticked[0] ?? "");
  }
  return one.dataset.kind === "datetimepicker" && one.value ? String(instantOfField(one.value)) : one.value;
}

/** Read what a form holds: `block/action` to what is typed or chosen there. */
export function values(root) {
  return Object.fromEntries([...root.querySelectorAll("[data-field]")].map((one) => [one.dataset.field, read(one)]));
}

/** Read the same to fill a form that is drawn anew. */
export function kept(root) {
  const found = new Map();
  for (const one of root.querySelectorAll("[data-field]")) {
    found.set(one.dataset.field, one.dataset.kind === "datetimepicker" ? one.value : read(one));
  }
  return found;
}
