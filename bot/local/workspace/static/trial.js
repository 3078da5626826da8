/** The trial's own panel: the tour, scenarios, the clock, faxes and the wire. Not a part of Slack. */

import {get, post, start} from "./api.js";
import {el, fill, keepingFocus} from "./dom.js";
import {faxes, sent, toFaxes} from "./faxes.js";

const CLOSED = "tour closed";

const TOUR = [
  {
    say: "You act as Aoi Tanaka of operations. Ask to restrict an account: send this command, choose a reason, and say why in a sentence (20 letters or more).",
    as: "op1",
    place: "email-operations",
    write: (given) => `/faxi-restrict ${given.example}`,
    button: "Write the command for me",
  },
  {
    say: "Now act as Kenji Ono, a manager. Read the request in #email-management and press “Approve restriction”. Then look at Faxes further down: the person is told.",
    as: "mgr1",
    place: "email-management",
    button: "Go there as Kenji Ono",
    faxes: true,
  },
  {
    say: "See who did what, and when: send /faxi-case with the number of the case.",
    as: "op1",
    place: "email-operations",
    write: (given) => `/faxi-case ${given.newest_case}`,
    button: "Write the command for me",
  },
];

function tour(given, scene) {
  return el(
    "section",
    {"aria-labelledby": "tour-title"},
    el("h2", {id: "tour-title"}, "Three things to try"),
    el(
      "ol",
      {class: "tour"},
      TOUR.map((step, index) =>
        el(
          "li",
          {},
          el("p", {}, step.say),
          el(
            "button",
            {
              type: "button",
              class: "button",
              "aria-label": `Step ${index + 1}: ${step.button}`,
              data: {key: `tour/${index}`},
              on: {click: () => scene.go(step.as, step.place, step.write?.(given.trial))},
            },
            step.button,
          ),
          step.faxes ? toFaxes(given) : null,
        ),
      ),
    ),
    el(
      "button",
      {
        type: "button",
        class: "tool",
        data: {key: "tour/close"},
        on: {click: () => (localStorage.setItem(CLOSED, "yes"), scene.redraw())},
      },
      "Close the tour",
    ),
  );
}

function scenarios(given, scene) {
  return el(
    "section",
    {"aria-labelledby": "scenarios-title"},
    el("h2", {id: "scenarios-title"}, "Make something happen"),
    el(
      "ul",
      {class: "scenarios"},
      given.trial.scenarios.map((one) =>
        el(
          "li",
          {},
          el(
            "button",
            {
              type: "button",
              class: "button",
              disabled: given.trial.running !== null,
              data: {key: `scenario/${one.name}`},
              on: {click: () => scene.attempt(() => start(one.name))},
            },
            one.title,
          ),
          el("p", {class: "quiet"}, one.look),
        ),
      ),
    ),
    el("p", {role: "status"}, given.trial.said ?? ""),
  );
}

function clock(given, scene) {
  const now = new Date(given.now);
  const zone = given.trial.zone;
  const words = now.toLocaleString("en-GB", {
    timeZone: zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
  });
  const moving = given.trial.moving;
  const day = (at) => new Date(at).toLocaleString("en-GB", {timeZone: zone, weekday: "short", day: "numeric", month: "short"});
  const move = (label, advance, at) =>
    el(
      "button",
      {
        type: "button",
        class: "button",
        title: at ? day(at) : undefined,
        "aria-disabled": moving ? "true" : undefined, // and not disabled: it keeps the focus while time moves
        data: {key: `clock/${label}`},
        on: {click: () => moving || scene.attempt(() => post("clock", {advance}))},
      },
      label,
    );
  const state = given.settled ? "All that is due was done and sent." : "Something is still on its way.";
  return el(
    "section",
    {"aria-labelledby": "clock-title"},
    el("h2", {id: "clock-title"}, "Clock"),
    el("p", {}, el("strong", {}, words), ` in ${zone}`),
    el(
      "div",
      {class: "actions"},
      move("Forward 1 h", "1h"),
      given.trial.jumps.map((one) => move(one.title, one.advance, one.at)),
    ),
    el("p", {class: "quiet", role: "status"}, moving ? "Time moves, and stops at all that is due." : state),
  );
}

function call(one, zone) {
  const way = one.direction === "in" ? "bot → Slack" : "Slack → bot";
  const status = one.status === null ? "" : `, ${one.status}`;
  const words = `${way}: ${one.method}${status}, ${one.ms} ms`;
  return el(
    "li",
    {},
    el(
      "details",
      {},
      el("summary", {}, `${new Date(one.at).toLocaleTimeString("en-GB", {timeZone: zone})} ${words}`),
      el("pre", {}, JSON.stringify({body: one.body, response: one.response}, null, 1)),
    ),
  );
}

let wireOpen = false;

function wire(given, scene) {
  const list = el("ol", {class: "wire", id: "wire-list"});
  const load = () => scene.attempt(async () => {
    const all = await get("control/wire");
    fill(list, all.slice(-60).reverse().map((one) => call(one, given.trial.zone)));
  });
  const toggle = el(
    "button",
    {
      type: "button",
      class: "button",
      "aria-expanded": wireOpen ? "true" : "false",
      "aria-controls": "wire-list",
      data: {key: "wire"},
      on: {click: () => ((wireOpen = !wireOpen), scene.redraw())},
    },
    wireOpen ? "Hide the wire" : "Show the wire",
  );
  if (wireOpen) load();
  return el(
    "section",
    {"aria-labelledby": "wire-title"},
    el("h2", {id: "wire-title"}, "The wire"),
    el("p", {class: "quiet"}, "Every call between Slack and the bot, both ways, the newest first."),
    toggle,
    list,
  );
}

let drawn = "";

/** Draw the panel. `scene` goes to places, writes into the composer and reports what failed. */
export function trial(root, given, scene) {
  const closed = localStorage.getItem(CLOSED) === "yes";
  const print = JSON.stringify([given.trial, given.now.slice(0, 16), given.settled, closed, sent(), wireOpen, wireOpen && given.revision]);
  if (print === drawn) return;
  drawn = print;
  keepingFocus(root, () =>
    fill(
      root,
      el(
        "div",
        {class: "aside-head"},
        el("h2", {}, "Try it"),
        el("button", {type: "button", class: "tool", data: {key: "trial/close"}, on: {click: scene.closeTrial}}, "Close"),
      ),
      closed
        ? el(
            "button",
            {type: "button", class: "tool", data: {key: "tour/open"}, on: {click: () => (localStorage.removeItem(CLOSED), scene.redraw())}},
            "Show the tour",
          )
        : tour(given, scene),
      scenarios(given, scene),
      clock(given, scene),
      faxes(given, scene),
      wire(given, scene),
    ),
  );
}
