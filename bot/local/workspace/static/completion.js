/** What the composer can complete: slash commands from the manifest, and people, groups and the bot after "@". */

const COMMAND = /^\/[\w-]*$/;
const CALL = /(?:^|[\s(])@([\w-]*)$/;
const MOST = 8;

function called(given) {
  const person = (one) => ({insert: `@${one.handle}`, name: one.name, note: `@${one.handle}, ${one.role}`});
  return [
    {insert: `@${given.bot.handle}`, name: given.bot.name, note: "the app"},
    ...given.people.filter((one) => !one.deactivated && one.id !== given.me.id).map(person),
    ...Object.values(given.groups).map((name) => ({insert: `@${name}`, name: `@${name}`, note: "everybody in this group"})),
    {insert: "@channel", name: "@channel", note: "everybody in this channel"},
  ];
}

/**
 * Return what may stand at the caret: `{from, items}`, each item with what is inserted, its name and a note.
 *
 * `before` is what is written up to the caret; commands are offered only where they can be used.
 */
export function completions(before, given, withCommands) {
  if (withCommands && COMMAND.test(before)) {
    const items = given.commands
      .filter((one) => one.command.startsWith(before))
      .map((one) => ({insert: one.command, name: `${one.command} ${one.usage ?? ""}`.trim(), note: one.description}));
    return {from: 0, items};
  }
  const call = CALL.exec(before);
  if (!call) return {from: 0, items: []};
  const wanted = call[1].toLowerCase();
  const fits = (one) => [one.insert.slice(1), ...one.name.split(/[\s@]+/)].some((word) => word.toLowerCase().startsWith(wanted));
  return {from: before.length - call[1].length - 1, items: called(given).filter(fits).slice(0, MOST)};
}
