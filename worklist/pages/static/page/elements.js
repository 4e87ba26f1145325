/** Building and finding elements. Text is always set as text, never as markup. */

export const byId = (id) => document.getElementById(id);

/** Make an element: attributes as written in HTML, `on…` as listeners, children as nodes or text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Copy the one element inside a <template>. */
export function copyOf(templateId) {
  return byId(templateId).content.firstElementChild.cloneNode(true);
}

/** Say whether a key press belongs to a control that takes text or has keys of its own. */
export function isTyping(event) {
  const target = event.target;
  if (target.isContentEditable || target.closest("dialog[open]")) return true;
  return target.matches("textarea, select, input:not([type=checkbox])");
}
