/** Speaking with the workspace: calls of the control interface, and one live connection. */

/** A call that was refused; `message` is the workspace's own sentence. */
export class CallError extends Error {}

/** Nobody answered at all. */
export class AwayError extends Error {}

async function read(response) {
  let body;
  try {
    body = await response.json();
  } catch {
    throw new CallError(`The workspace answered ${response.status} and no words.`);
  }
  if (!response.ok) throw new CallError(body.error ?? `The workspace answered ${response.status}.`);
  return body;
}

async function ask(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new AwayError("The workspace does not answer. Is it still running?");
  }
  return read(response);
}

/** Act as a person would: `post("click", {as: "op1", ...})`. */
export function post(name, body) {
  return ask(`control/${name}`, {
    method: "POST",
    headers: {"content-type": "application/json"},
    body: JSON.stringify(body),
  });
}

/** Ask the page's own server for something. */
export function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const words = new URLSearchParams(given);
  return ask(`${path}?${words}`);
}

/** Say up to where somebody has read; nothing is lost when that fails. */
export function noteRead(body) {
  return fetch("page/read", {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(body)}).catch(() => {});
}

/** Start one of the trial's scenarios. */
export function start(scenario) {
  return ask(`trial/scenarios/${encodeURIComponent(scenario)}`, {method: "POST"});
}

/**
 * Listen for changes over one connection, which comes back by itself.
 *
 * `changed(boot)` is called at each change; `boot` names the workspace's present life.
 * `reachable(yes)` is called when the connection comes or goes.
 */
export function listen(changed, reachable) {
  const link = new WebSocket(`ws://${location.host}/live`);
  link.addEventListener("open", () => reachable(true));
  link.addEventListener("message", (event) => changed(event.data));
  link.addEventListener("close", () => {
    reachable(false);
    setTimeout(() => listen(changed, reachable), 1000);
  });
}
