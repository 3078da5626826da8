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

function pretty(at, now, long) {
  if (sameDay(at, now)) return "Today";
  if (sameDay(at, new Date(now.getTime() - DAY))) return "Yesterday";
  if (sameDay(at, new Date(now.getTime() + DAY))) return "Tomorrow";
  return written(at, {weekday: "short", day: "numeric", month: long ? "long" : "short"});
}

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

/** Fill Slack's date format, such as `{date_short_pretty} {time}`. */
export function slackDate(seconds, format, now) {
  const at = new Date(Number(seconds) * 1000);
  return format.replace(/\{(\w+)\}/g, (whole, token) => {
    if (token === "time") return time(at);
    if (token === "time_secs") return written(at, {timeStyle: "medium"});
    if (token === "date_num") return at.toISOString().slice(0, 10);
    if (token.endsWith("_pretty")) return pretty(at, now, token.startsWith("date_long"));
    if (token.startsWith("date")) {
      return written(at, {weekday: "short", day: "numeric", month: "short", year: "numeric"});
    }
    return whole;
  });
}
