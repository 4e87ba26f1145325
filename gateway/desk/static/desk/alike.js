/**
 * The other pictures of a series that wait for the same reason: looked at one after the other, decided together.
 *
 * A picture is asked for when its place is scrolled into sight, two at a time. What was drawn on the object of the page
 * lies over each. Only when every picture itself has been in sight may all be decided; films, pictures of another size
 * and those that are shown too small to read what stands in them are left out.
 */

import { getJson } from "../page/api.js";
import { byId, make } from "../page/elements.js";
import { tellProblem } from "../page/notice.js";
import { rectangle, sheetOver } from "./sheets.js";

const AT_ONCE = 2;
const IN_SIGHT = 0.5; // of a picture, or of the window: so much of it has to be seen
const SMALLEST = 0.5; // of its own size

const section = byId("alike");
const { api, object, columns, rows, reason } = section.dataset;
const all = JSON.parse(section.dataset.alike);
const size = { columns: Number(columns), rows: Number(rows) };

const shown = new Set();
const looked = new Set();
const leftOut = new Set();
const sheets = new Map();
const queue = [];
let boxes = [];
let loading = 0;

const together = () => [Number(object), ...all.filter((each) => !leftOut.has(each))];

function offer(id, may, values, words) {
  const form = byId(id);
  const button = form.querySelector("button");
  form.dataset.values = JSON.stringify(values);
  button.disabled = !may;
  button.textContent = words;
}

/** Say how far the looking has come, and let decide when it is at its end. */
function tellProgress() {
  const objects = together();
  const seenAll = looked.size + leftOut.size === all.length && objects.length > 1;
  const out = leftOut.size ? `; ${leftOut.size} left out, to be decided one by one` : "";
  byId("looked").textContent = `Looked at ${looked.size} of ${all.length}${out}`;
  const many = `these ${objects.length} pictures`;
  const said = { objects, reason_code: reason };
  offer("clean-alike", seenAll && boxes.length > 0, { ...said, boxes }, `Black the boxes in ${many}`);
  offer("release-alike", seenAll, said, `Nothing to black in ${many}: let them go on`);
}

function drawOver(overlay) {
  overlay.replaceChildren(...boxes.map((box) => rectangle(box, "drawn")));
}

function leaveOut(figure, id, why) {
  leftOut.add(id);
  figure.classList.add("left-out");
  figure.querySelector("figcaption").append(`: ${why}`);
}

async function load(figure) {
  const id = Number(figure.dataset.object);
  const { image } = await getJson(`${api}/${id}`);
  if (!image) return leaveOut(figure, id, "no picture");
  if (image.frames > 1) return leaveOut(figure, id, `a film of ${image.frames} frames`);
  if (image.columns !== size.columns || image.rows !== size.rows) return leaveOut(figure, id, "of another size");
  if (byId("pictures").firstElementChild.clientWidth < size.columns * SMALLEST) {
    return leaveOut(figure, id, "too large to be judged here");
  }
  const { sheet, picture, overlay } = sheetOver(size, `Object ${id}, with whatever identity it shows`);
  figure.prepend(sheet);
  sheets.set(id, overlay);
  drawOver(overlay);
  picture.src = `${api}/${id}/frames/1/picture`;
  try {
    await picture.decode();
    shown.add(id);
    sight.observe(figure);
  } catch {
    sheet.remove();
    leaveOut(figure, id, "cannot be shown");
  }
}

async function work() {
  while (queue.length && loading < AT_ONCE) {
    loading += 1;
    try {
      await load(queue.shift());
    } catch (problem) {
      tellProblem(problem);
    }
    loading -= 1;
    tellProgress();
  }
}

function isInSight({ intersectionRatio, intersectionRect, rootBounds }) {
  return intersectionRatio >= IN_SIGHT || intersectionRect.height >= IN_SIGHT * rootBounds.height;
}

const sight = new IntersectionObserver(
  (entries) => {
    for (const entry of entries.filter(isInSight)) {
      const { target } = entry;
      sight.unobserve(target);
      if (shown.has(Number(target.dataset.object))) looked.add(Number(target.dataset.object));
      else queue.push(target);
    }
    work();
    tellProgress();
  },
  { threshold: [0.01, 0.1, 0.2, 0.3, 0.4, IN_SIGHT, 0.6, 0.8, 1] },
);

byId("pictures").style.setProperty("--columns", size.columns);
for (const id of all) {
  const link = make("a", { class: "plain", href: `/desk/quarantine/${id}` }, `Object ${id}`);
  const figure = make("figure", { "data-object": id }, make("figcaption", {}, link));
  figure.style.setProperty("--shape", `${size.columns} / ${size.rows}`);
  byId("pictures").append(figure);
  sight.observe(figure);
}
document.addEventListener("boxes-drawn", ({ detail }) => {
  boxes = detail;
  sheets.forEach(drawOver);
  tellProgress();
});
tellProgress();
