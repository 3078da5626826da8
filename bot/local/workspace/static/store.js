/** What is shown, to whom, and where: the page's one state. Where one is stands in the address too. */

/** So many messages are asked for at first, and so many at most. */
export const PAGE = 100;
export const MOST = 1000;

/** What the workspace answered last. */
export const given = {};

/** Who acts, and where they are: `at` is the message a link led to, `around` the middle of an older stretch. */
export const here = {as: "op1", place: null, thread: null, at: null, around: null, shown: PAGE};

let known = "";

/** Say whether the address was changed by somebody else, of which an event is about to tell. */
export function isMoving() {
  return location.hash !== known;
}

/** Take over what the address says. */
export function readAddress() {
  known = location.hash;
  const words = new URLSearchParams(location.hash.slice(1));
  const place = words.get("place") || here.place;
  if (place !== here.place) here.shown = PAGE;
  here.as = words.get("as") ?? sessionStorage.getItem("as") ?? here.as;
  here.place = place;
  here.thread = words.get("thread");
  here.at = words.get("ts");
  here.around = here.at ? (here.thread ?? here.at) : null;
}

/** Write into the address where one is; the browser's Back leads to where one was. */
export function writeAddress(replace = false) {
  const words = new URLSearchParams({as: here.as, place: here.place ?? ""});
  sessionStorage.setItem("as", here.as); // a link without a name is followed as the same person
  if (here.thread) words.set("thread", here.thread);
  if (here.at) words.set("ts", here.at);
  if (`#${words}` === location.hash) return;
  history[replace ? "replaceState" : "pushState"](null, "", `#${words}`);
  known = location.hash;
}

/** Return what a drawing must know besides what it draws. */
export function surroundings() {
  return {
    now: new Date(given.now),
    me: given.me,
    people: new Map([...given.people, given.bot].map((one) => [one.id, one])),
    channels: new Map(given.channels.map((one) => [one.id, one])),
    groups: new Map(Object.entries(given.groups)),
    myGroups: new Set(given.my_groups),
    shortcuts: given.shortcuts,
    at: here.at,
    author: (from) => given.authors[from] ?? {name: from, role: "", initials: "?", hue: 0, app: false},
  };
}
