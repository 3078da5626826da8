/** Making elements: text is always text, never markup. */

/**
 * Make an element. Children are elements or strings; `on` holds listeners; `data` holds data attributes.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "data") {
      for (const [key, datum] of Object.entries(value)) if (datum !== undefined && datum !== null) element.dataset[key] = datum;
    } else if (name === "class") {
      element.className = value;
    } else if (value === true) {
      element.setAttribute(name, "");
    } else {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Put children into an element in place of what is there. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
}

/** Let exactly these nodes stand in an element, in this order; those that stay are not moved. */
export function arrange(root, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...root.children]) if (!wanted.has(child)) child.remove();
  let next = root.firstElementChild;
  for (const node of nodes) {
    if (node === next) next = next.nextElementSibling;
    else root.insertBefore(node, next);
  }
}

/** Say something to screen readers without moving the focus. */
export function announce(words) {
  document.getElementById("news").textContent = words;
}

/**
 * Put the focus back to where it was, after the element that had it was drawn anew.
 *
 * When that element is no more (a button that was used up), its message gets the focus; when that went too, the list.
 */
export function keepingFocus(root, draw) {
  const held = root.contains(document.activeElement) ? document.activeElement : null;
  const key = held?.dataset.key;
  const ts = held?.closest("[data-ts]")?.dataset.ts;
  draw();
  if (!held || held === root || root.contains(document.activeElement)) return;
  const again = (key && root.querySelector(`[data-key="${CSS.escape(key)}"]`)) || (ts && root.querySelector(`[data-ts="${CSS.escape(ts)}"]`));
  (again || (root.tabIndex >= 0 ? root : null))?.focus({preventScroll: true});
}
