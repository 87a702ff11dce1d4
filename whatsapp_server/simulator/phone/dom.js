// Builds elements. Text goes in as text nodes only, so nothing a customer types is ever read as markup.

/** An element with `attributes` (on… are listeners, booleans toggle, null is left out) and `children` (nodes or text). */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
  node.append(...children.filter((child) => child !== null && child !== false));
  return node;
}

function setAttribute(node, name, value) {
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "value") node.value = value;
  else if (value === true) node.setAttribute(name, "");
  else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
}

/**
 * Puts `next` in the place of what `node` holds, keeping the focus on the element with the same data-key.
 * What looks the same stays, so that a click is not lost to a redraw; a listener that depends on more than the state
 * must therefore show what it depends on in an attribute.
 */
export function refill(node, ...next) {
  const children = next.filter((child) => child !== null && child !== false);
  const same = (child, n) => node.childNodes[n].isEqualNode(child);
  if (node.childNodes.length === children.length && children.every(same)) return;
  const key = node.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  node.replaceChildren(...children);
  if (key) node.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

const SVG = "http://www.w3.org/2000/svg";

/** A line icon drawn from the `d` of a path on a 24 by 24 field. */
export function icon(d, label = "") {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = {
    viewBox: "0 0 24 24",
    class: "icon",
    ...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" }),
  };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}
