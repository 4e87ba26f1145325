/** A picture with a sheet over it on which boxes lie. */

import { make } from "../page/elements.js";

const SVG = "http://www.w3.org/2000/svg";

/** Return the shape of a box, of a kind that the style sheet knows. */
export function rectangle([x, y, width, height], kind) {
  const shape = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ x, y, width, height, class: kind })) shape.setAttribute(name, value);
  return shape;
}

/** Return a picture that is still to get its source, what it lies in, and the sheet over it. */
export function sheetOver({ columns, rows }, words) {
  const picture = make("img", { alt: words, width: columns, height: rows });
  const overlay = document.createElementNS(SVG, "svg");
  overlay.setAttribute("viewBox", `0 0 ${columns} ${rows}`);
  overlay.setAttribute("preserveAspectRatio", "none");
  overlay.setAttribute("aria-hidden", "true");
  return { sheet: make("div", { class: "sheet" }, picture, overlay), picture, overlay };
}
