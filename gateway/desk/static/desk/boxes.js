/** Boxes of whole pixels inside an image of some columns and rows: `[x, y, width, height]`. */

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** Return the box between two points of the image, each pixel that either touches included. */
export function between(from, to, { columns, rows }) {
  const x = clamp(Math.floor(Math.min(from.x, to.x)), 0, columns - 1);
  const y = clamp(Math.floor(Math.min(from.y, to.y)), 0, rows - 1);
  const right = clamp(Math.ceil(Math.max(from.x, to.x)), x + 1, columns);
  const bottom = clamp(Math.ceil(Math.max(from.y, to.y)), y + 1, rows);
  return [x, y, right - x, bottom - y];
}

/** Return a box moved, as far as it stays inside. */
export function moved([x, y, width, height], dx, dy, { columns, rows }) {
  return [clamp(x + dx, 0, columns - width), clamp(y + dy, 0, rows - height), width, height];
}

/** Return a box with its lower right corner moved, as far as it stays inside and is not empty. */
export function resized([x, y, width, height], dx, dy, { columns, rows }) {
  return [x, y, clamp(width + dx, 1, columns - x), clamp(height + dy, 1, rows - y)];
}

/** Return a first box for somebody without a mouse: flat, in the middle. */
export function inTheMiddle({ columns, rows }) {
  const width = Math.max(1, Math.round(columns / 4));
  const height = Math.max(1, Math.round(rows / 12));
  return [Math.floor((columns - width) / 2), Math.floor((rows - height) / 2), width, height];
}

/** Return boxes with more of them behind, none twice. */
export function joined(boxes, more) {
  const known = new Set(boxes.map(String));
  return [...boxes, ...more.filter((box) => !known.has(String(box)))];
}
