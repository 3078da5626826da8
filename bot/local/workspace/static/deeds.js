/** What a person does on the page: each deed shows that it is under way, and says kindly what failed. */

import {post} from "./api.js";
import {announce} from "./dom.js";
import {sure} from "./modals.js";
import {complain, forgive, isOld} from "./notices.js";
import {given, here} from "./store.js";

const FAILED = {
  operation_timeout: "faxi-bot did not answer in time",
  dispatch_failed: "faxi-bot could not be reached",
  no_connection: "faxi-bot is not connected",
};

/** Return a sentence for an error that a delivery to the bot ended with. */
export function kindly(error) {
  const known = FAILED[error] ?? "faxi-bot did not take this";
  return `${known} (${error}). What you typed is kept: please try again in a moment.`;
}

/** Make the deeds; `refresh` draws what is there then. */
export function deeds(refresh) {
  /** Do something, and show on `element` that it is under way. */
  async function attempt(work, element = null) {
    if (element?.getAttribute("aria-busy") === "true") return;
    forgive();
    element?.setAttribute("aria-busy", "true");
    if (element) announce("Waiting for an answer");
    try {
      if (isOld()) throw new Error("The workspace was started again. Reload the page to go on.");
      await work();
    } catch (error) {
      complain(error.message);
    }
    element?.removeAttribute("aria-busy");
    await refresh();
  }

  async function press(where, event, element, block, choice) {
    const pressed = event?.currentTarget ?? null;
    if (!element.url) event?.preventDefault();
    if (!(await sure(element.confirm))) return refresh();
    const target = where.view ? {view: where.view.id, values: where.values ?? {}} : {channel: where.message.channel, ts: where.message.ts};
    const button = `${block.block_id}/${element.action_id}`;
    await attempt(async () => {
      const said = await post("click", {as: here.as, ...target, button, choose: choice ?? null});
      if (said.error && where.view) complain(kindly(said.error));
    }, pressed);
  }

  async function submit(view, values) {
    const said = await post("submit", {as: here.as, view: view.id, values});
    if (said.error) throw new Error(kindly(said.error));
    await refresh();
  }

  /** Send what was written; throws what the workspace has against it. */
  async function send(words, thread) {
    if (isOld()) throw new Error("The workspace was started again. Reload the page to go on.");
    const where = {as: here.as, channel: given.channel.id};
    if (words.startsWith("/") && thread) throw new Error("Slack takes no commands in threads. Write it in the channel.");
    if (words.startsWith("/")) await post("command", {...where, text: words});
    else await post("message", {...where, text: words, thread});
    await refresh();
  }

  return {
    attempt,
    press,
    submit,
    send,
    closeView: (view) => attempt(() => post("close", {as: here.as, view: view.id})),
    openHome: () => attempt(() => post("home", {as: here.as})),
    useShortcut: (shortcut, message, element) =>
      attempt(() => post("shortcut", {as: here.as, name: shortcut.name, channel: message?.channel, ts: message?.ts}), element),
  };
}
