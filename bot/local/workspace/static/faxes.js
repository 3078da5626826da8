/** What the trial's fax service was sent: a list, the pages as pictures, and what becomes of a fax. */

import {get, post} from "./api.js";
import {announce, el} from "./dom.js";
import {complain} from "./notices.js";
import {dayAndTime} from "./time.js";

const MOST = 50;
const TITLE = "faxes-title";
const STATES = {
  queued: "⏳ Taken, waits",
  "media.processing": "⏳ Its pages are being fetched",
  "media.processed": "⏳ Its pages were fetched",
  originated: "📞 The number is being called",
  sending: "📠 Is being sent",
  delivered: "✅ Delivered",
  failed: "🚫 Failed",
};
const FATES = [
  {label: "It arrives", status: "delivered"},
  {label: "Busy", status: "failed", reason: "user_busy"},
  {label: "No answer", status: "failed", reason: "receiver_no_answer"},
];

let known = [];
let asOf = null;
let asking = null;

function title(fax) {
  return fax.reference ?? "A fax without pages yet";
}

function state(fax) {
  const pages = fax.pages.length;
  const count = fax.status === "delivered" ? `, ${pages} ${pages === 1 ? "page" : "pages"}` : "";
  const why = fax.status === "failed" ? `: ${fax.reason_words ?? "no reason was given"}` : "";
  return `${STATES[fax.status] ?? fax.status}${count}${why}`;
}

/** Ask what was sent when that changed since it was asked last; then what is shown is drawn anew. */
async function look(revision, scene) {
  if (revision === asOf || revision === asking) return;
  asking = revision;
  try {
    const listed = await get("control/faxes");
    if (asking !== revision) return; // it changed meanwhile, which asks again
    known = listed.reverse();
    asOf = revision;
  } catch (error) {
    complain(error.message);
  }
  asking = null;
  scene.redraw();
}

function show(fax, back) {
  const close = () => (dialog.close(), dialog.remove(), back());
  const pages = fax.pages.map((page, index) =>
    el(
      "figure",
      {},
      el("figcaption", {class: "quiet"}, `Page ${index + 1} of ${fax.pages.length}`),
      el("img", {src: page.picture.slice(1), alt: page.text}),
    ),
  );
  const dialog = el(
    "dialog",
    {class: "fax-dialog", "aria-labelledby": "fax-title", on: {cancel: (event) => (event.preventDefault(), close())}},
    el(
      "div",
      {class: "aside-head"},
      el("h2", {id: "fax-title"}, `${title(fax)} to ${fax.to_masked}`),
      el("button", {type: "button", class: "button", on: {click: close}}, "Close"),
    ),
    el("div", {class: "fax-pages", tabindex: 0, role: "region", "aria-label": "Pages"}, pages),
  );
  document.body.append(dialog);
  dialog.showModal();
}

function fate(fax, one, scene) {
  const {label, ...becomes} = one;
  return el(
    "button",
    {
      type: "button",
      class: "button",
      "aria-label": `${label}: ${title(fax)}`,
      data: {key: `fax/${fax.id}/${label}`},
      on: {
        click: () =>
          scene.attempt(async () => {
            const ended = await post("faxes", {id: fax.id, ...becomes});
            announce(`${title(ended)}: ${state(ended)}`);
          }),
      },
    },
    label,
  );
}

function item(fax, now, scene) {
  const key = `fax/${fax.id}/pages`;
  const back = () => document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  const seen = el(
    "button",
    {
      type: "button",
      class: "button",
      "aria-label": `See the pages of ${title(fax)}`,
      data: {key},
      on: {click: () => show(fax, back)},
    },
    "See the pages",
  );
  return el(
    "li",
    {tabindex: -1, data: {ts: fax.id}},
    el("p", {}, el("strong", {}, title(fax)), ` to ${fax.to_masked}`),
    el("p", {}, `${state(fax)} · ${dayAndTime(new Date(fax.updated_at), now)}`),
    el(
      "div",
      {class: "actions"},
      fax.pages.length > 0 ? seen : null,
      fax.ended ? null : FATES.map((one) => fate(fax, one, scene)),
    ),
  );
}

/** Return what is known of faxes now, for whoever asks whether there is something new to draw. */
export function sent() {
  return known;
}

/** Make the button that leads to the part about faxes, or nothing where there is none. */
export function toFaxes(given) {
  if (given.trial.faxes === null) return null;
  const go = () => document.getElementById(TITLE).focus();
  return el("button", {type: "button", class: "tool", data: {key: "tour/faxes"}, on: {click: go}}, "Show Faxes");
}

/** Make the part about faxes, or nothing where there is no fax service. */
export function faxes(given, scene) {
  const revision = given.trial.faxes;
  if (revision === null) return null;
  look(revision, scene);
  const now = new Date(given.now);
  const more = known.length - MOST;
  return el(
    "section",
    {"aria-labelledby": TITLE},
    el("h2", {id: TITLE, tabindex: -1}, "Faxes"),
    el("p", {class: "quiet"}, "What the fax service was sent, the newest first. A fax ends about 12 seconds after it was taken: until then, say what becomes of it."),
    known.length === 0 ? el("p", {}, "None yet: one goes out when a restriction was approved.") : null,
    el("ol", {class: "faxes"}, known.slice(0, MOST).map((fax) => item(fax, now, scene))),
    more > 0 ? el("p", {class: "quiet"}, `${more} older ones are not shown.`) : null,
  );
}
