/** Times in the reader's own zone, and the dates that Slack writes into text. */

const DAY = 86_400_000;
let zone = "Asia/Tokyo";

/** Read times in the zone of whoever is reading. */
export function readIn(name) {
  zone = name;
}

function written(at, how) {
  return at.toLocaleString("en-GB", {timeZone: zone, ...how});
}

function sameDay(one, other) {
  return written(one, {dateStyle: "short"}) === written(other, {dateStyle: "short"});
}

function nearDay(at, now) {
  for (const [days, name] of [[0, "Today"], [-1, "Yesterday"], [1, "Tomorrow"]]) {
    if (sameDay(at, new Date(now.getTime() + days * DAY))) return name;
  }
  return null;
}

function pretty(at, now, long) {
  const sameYear = written(at, {year: "numeric"}) === written(now, {year: "numeric"});
  const day = {weekday: "short", day: "numeric", month: long ? "long" : "short", year: sameYear ? undefined : "numeric"};
  return nearDay(at, now) ?? written(at, day);
}

/** Write the time of day. */
export function time(at) {
  return written(at, {hour: "2-digit", minute: "2-digit"});
}

/** Return the instant of a message's ts. */
export function instantOf(ts) {
  return new Date(Number.parseFloat(ts) * 1000);
}

/** Write an instant with its day where that is not today. */
export function dayAndTime(at, now) {
  return sameDay(at, now) ? time(at) : `${pretty(at, now, false)} ${time(at)}`;
}

/** Write a day for the line between two days. */
export function dayName(at, now) {
  return pretty(at, now, true);
}

const NAMED = {
  date_num: (at) => written(at, {dateStyle: "short"}).split("/").reverse().join("-"),
  date: (at) => american(at, {month: "long", day: "numeric", year: "numeric"}),
  date_short: (at) => american(at, {month: "short", day: "numeric", year: "numeric"}),
  date_long: (at) => american(at, {weekday: "long", month: "long", day: "numeric", year: "numeric"}),
  time,
  time_secs: (at) => written(at, {hour: "2-digit", minute: "2-digit", second: "2-digit"}),
};

function american(at, how) {
  return at.toLocaleString("en-US", {timeZone: zone, ...how});
}

/** Fill Slack's date format, such as `{date_short_pretty} {time}`; without a known instant the fallback stands. */
export function slackDate(seconds, format, fallback, now) {
  const at = new Date(Number(seconds) * 1000);
  if (!format || Number.isNaN(at.getTime())) return fallback ?? "";
  return format.replace(/\{(\w+)\}/g, (whole, token) => {
    const near = token.endsWith("_pretty") ? nearDay(at, now) : null;
    return near ?? NAMED[token.replace("_pretty", "")]?.(at) ?? whole;
  });
}

/** Write an instant as a field for date and time wants it, in the reader's zone: 2026-11-25T09:50. */
export function localField(seconds) {
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  });
  return parts.format(new Date(seconds * 1000)).replace(" ", "T");
}

/** Return the instant (seconds since 1970) of such a field, read in the reader's zone. */
export function instantOfField(words) {
  const asUtc = Date.parse(`${words}Z`) / 1000;
  let at = asUtc;
  for (let turn = 0; turn < 2; turn += 1) at += asUtc - Date.parse(`${localField(at)}Z`) / 1000; // twice: around a change of the zone's clock
  return at;
}
