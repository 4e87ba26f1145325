/** Where an image lies on its canvas: fitted, then zoomed about the middle, then moved. Lengths are in CSS pixels. */

export const NEUTRAL = Object.freeze({ zoom: 1, x: 0, y: 0 });
const ZOOM_RANGE = [0.25, 24];

/** Return the rectangle of an image of `size` in a box under a view. */
export function placeOf(size, box, view) {
  const scale = Math.min(box.width / size.width, box.height / size.height) * view.zoom;
  const [width, height] = [size.width * scale, size.height * scale];
  return { left: (box.width - width) / 2 + view.x, top: (box.height - height) / 2 + view.y, width, height, scale };
}

/** Zoom by a factor so that the point under the pointer stays where it is. */
export function zoomedAt(view, factor, point, box) {
  const zoom = Math.min(ZOOM_RANGE[1], Math.max(ZOOM_RANGE[0], view.zoom * factor));
  const ratio = zoom / view.zoom;
  const [fromX, fromY] = [point.x - box.width / 2, point.y - box.height / 2];
  return { zoom, x: fromX - (fromX - view.x) * ratio, y: fromY - (fromY - view.y) * ratio };
}

export const movedBy = (view, x, y) => ({ zoom: view.zoom, x: view.x + x, y: view.y + y });

/** Return the longest round length (in mm) that fits a share of the picture, for a scale bar. */
export function roundLength(longestMillimetres) {
  return [200, 100, 50, 20, 10, 5, 2, 1].find((length) => length <= longestMillimetres) ?? null;
}
