/**
 * One object in quarantine: its frames, what was found in them, and the boxes that a person draws over them.
 *
 * Boxes are drawn with the pointer, or made and moved by keys. They are kept until the decision, also when the page is
 * loaded again or the log-in runs out; they are places, not what stands there.
 */

import { getJson } from "../page/api.js";
import { byId, isTyping, make } from "../page/elements.js";
import { tellProblem } from "../page/notice.js";
import { between, inTheMiddle, joined, moved, resized } from "./boxes.js";
import { rectangle } from "./sheets.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const TALLEST = 0.76; // of the window

const board = byId("board");
const { api, mayDraw } = board.dataset;
const size = { columns: Number(board.dataset.columns), rows: Number(board.dataset.rows) };
const frames = Number(board.dataset.frames);
const step = Math.max(1, Math.round(Math.max(size.columns, size.rows) / 100));
const draws = mayDraw === "yes";
const kept = `overread.desk.boxes ${api}`;
const overlay = byId("overlay");

let boxes = draws ? JSON.parse(sessionStorage.getItem(kept) ?? "[]") : [];
let found = [];
let frame = 1;
let asked = new AbortController();

function drawnShape(box, at) {
  const shape = rectangle(box, "drawn");
  shape.setAttribute("tabindex", "0");
  shape.setAttribute("role", "img");
  shape.setAttribute("aria-label", `Box ${at + 1}: ${box[2]} by ${box[3]} at ${box[0]}, ${box[1]}`);
  shape.dataset.box = at;
  return shape;
}

function line([x, y, width, height], at) {
  const name = `Remove box ${at + 1}`;
  const remove = make("button", { class: "plain", type: "button", "aria-label": name, onclick: () => drop(at) }, "×");
  return make("li", {}, `${width} × ${height} at ${x}, ${y} `, remove);
}

/** Draw everything anew; the box that has the focus keeps it. */
function show(focused = Number(document.activeElement?.dataset?.box ?? -1)) {
  const shapes = boxes.map(drawnShape);
  overlay.replaceChildren(...found.map((box) => rectangle(box, "found")), ...shapes);
  shapes[focused]?.focus();
  if (!draws) return;
  byId("boxes").replaceChildren(...boxes.map(line));
  byId("clean").dataset.values = JSON.stringify({ boxes, reason_code: board.dataset.reason });
  byId("clean").querySelector("button").disabled = boxes.length === 0;
  byId("take-found").disabled = joined(boxes, found).length === boxes.length;
  sessionStorage.setItem(kept, JSON.stringify(boxes));
  document.dispatchEvent(new CustomEvent("boxes-drawn", { detail: boxes }));
}

function change(next, focused = -1) {
  boxes = next;
  show(focused);
}

const drop = (at) => change(boxes.toSpliced(at, 1), Math.min(at, boxes.length - 2));
const add = (box) => change([...boxes, box], boxes.length);

function inWords({ rules, like_text: seen }) {
  const named = rules.length ? `By rule: ${rules.join(", ")}. ` : "";
  if (seen.length === 0) return `${named}Nothing in this frame looks like text, which proves nothing: look yourself.`;
  return `${named}${seen.length === 1 ? "1 place in this frame looks" : `${seen.length} places in this frame look`} like text.`;
}

async function load(wanted) {
  frame = Math.min(Math.max(Math.trunc(wanted) || 1, 1), frames);
  if (byId("frame")) byId("frame").value = frame;
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  byId("picture").src = `${api}/frames/${frame}/picture`;
  found = [];
  show();
  byId("found").textContent = "Looking for text …";
  try {
    const findings = await getJson(`${api}/frames/${frame}/findings`, { signal });
    signal.throwIfAborted();
    found = [...findings.by_rule, ...findings.like_text];
    byId("found").textContent = inWords(findings);
    show();
  } catch (problem) {
    if (problem.name === "AbortError") return;
    byId("found").textContent = "";
    tellProblem(problem);
  }
}

function pointOf(event) {
  const place = overlay.getBoundingClientRect();
  return {
    x: ((event.clientX - place.left) / place.width) * size.columns,
    y: ((event.clientY - place.top) / place.height) * size.rows,
  };
}

function startDrawing(event) {
  if (event.button !== 0) return;
  event.preventDefault();
  if (event.target.dataset.box) {
    event.target.focus();
    return;
  }
  const from = pointOf(event);
  const shape = rectangle(between(from, from, size), "drawing");
  let box = null;
  const grow = (now) => {
    box = between(from, pointOf(now), size);
    ["x", "y", "width", "height"].forEach((name, at) => shape.setAttribute(name, box[at]));
  };
  const end = (last) => {
    for (const [kind, act] of Object.entries(acts)) overlay.removeEventListener(kind, act);
    shape.remove();
    if (last.type === "pointerup" && box) add(box);
  };
  const acts = { pointermove: grow, pointerup: end, pointercancel: end };
  overlay.setPointerCapture(event.pointerId);
  overlay.append(shape);
  for (const [kind, act] of Object.entries(acts)) overlay.addEventListener(kind, act);
}

/** Do what a key means for the box that has the focus; say whether it meant anything. */
function keyOnBox(event) {
  const at = Number(event.target.dataset?.box ?? NaN);
  if (Number.isNaN(at)) return false;
  if (event.key === "Delete" || event.key === "Backspace") drop(at);
  else if (ARROWS[event.key]) {
    const [dx, dy] = ARROWS[event.key].map((each) => each * (event.ctrlKey ? 1 : step));
    change(boxes.with(at, (event.shiftKey ? resized : moved)(boxes[at], dx, dy, size)), at);
  } else return false;
  return true;
}

function keyOnPage(event) {
  if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === "n" && draws) add(inTheMiddle(size));
  else if (event.key === ",") load(frame - 1);
  else if (event.key === ".") load(frame + 1);
  else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  if (keyOnBox(event) || keyOnPage(event)) event.preventDefault();
});
if (draws) {
  overlay.addEventListener("pointerdown", startDrawing);
  byId("new-box").addEventListener("click", () => add(inTheMiddle(size)));
  byId("take-found").addEventListener("click", () => change(joined(boxes, found)));
}
byId("frame")?.addEventListener("change", (event) => load(event.target.valueAsNumber));
byId("before")?.addEventListener("click", () => load(frame - 1));
byId("behind")?.addEventListener("click", () => load(frame + 1));
byId("picture").addEventListener("error", () => tellProblem(new Error("This frame cannot be shown.")));
byId("sheet").style.maxWidth = `${Math.round((TALLEST * innerHeight * size.columns) / size.rows)}px`;
load(1);
