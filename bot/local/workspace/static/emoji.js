/** The emoji by the names that Slack gives them. */

const SIGNS = {
  alarm_clock: "⏰",
  arrow_forward: "▶️",
  arrows_counterclockwise: "🔄",
  bell: "🔔",
  bulb: "💡",
  eyes: "👀",
  grey_question: "❔",
  heavy_minus_sign: "➖",
  hourglass_flowing_sand: "⏳",
  leftwards_arrow_with_hook: "↩️",
  no_entry_sign: "🚫",
  question: "❓",
  raised_hand: "✋",
  rotating_light: "🚨",
  speech_balloon: "💬",
  telephone_receiver: "📞",
  warning: "⚠️",
  white_check_mark: "✅",
  white_large_square: "⬜",
  wrench: "🔧",
};

/** Return the sign of a name, or undefined. */
export function sign(name) {
  return Object.hasOwn(SIGNS, name) ? SIGNS[name] : undefined;
}

/** Put signs in place of names in plain text. */
export function withSigns(words) {
  return words.replace(/:([a-z0-9_+-]+):/g, (whole, name) => sign(name) ?? whole);
}

/** Return the words of a plain_text object. */
export function plain(object) {
  return object.emoji === false ? object.text : withSigns(object.text);
}
