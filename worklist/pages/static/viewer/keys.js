/** The keys of the viewer as one table. Keys pressed while writing belong to the text. */

import { byId, isTyping } from "../page/elements.js";

const KEYS = {
  ArrowUp: (viewer) => viewer.active.step(-1),
  ArrowDown: (viewer) => viewer.active.step(1),
  PageUp: (viewer) => viewer.active.step(-10),
  PageDown: (viewer) => viewer.active.step(10),
  Home: (viewer) => viewer.active.go(0),
  End: (viewer) => viewer.active.go(Infinity),
  ArrowLeft: (viewer) => viewer.stepSeries(-1),
  ArrowRight: (viewer) => viewer.stepSeries(1),
  " ": (viewer) => viewer.act("play"),
  "+": (viewer) => viewer.active.zoomBy(1.25),
  "=": (viewer) => viewer.active.zoomBy(1.25),
  "-": (viewer) => viewer.active.zoomBy(0.8),
  "?": (viewer) => viewer.act("help"),
  i: (viewer) => viewer.act("invert"),
  f: (viewer) => viewer.act("fit"),
  r: (viewer) => viewer.act("reset"),
  k: (viewer) => viewer.act("key-image"),
  l: (viewer) => viewer.nextLayout(),
  w: (viewer) => viewer.toolbar.choose("window"),
  s: (viewer) => viewer.toolbar.choose("scroll"),
  p: (viewer) => viewer.toolbar.choose("pan"),
  z: (viewer) => viewer.toolbar.choose("zoom"),
  n: () => byId("findings").focus(),
  c: () => byId("claim").click(),
};

export function listenToKeys(viewer) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest("#read")) viewer.active.canvas.focus();
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.target.matches("button, a, summary, input")) return;
    const action = /^\d$/.test(event.key) ? () => viewer.usePreset(Number(event.key)) : actionOf(event.key);
    if (!action) return;
    event.preventDefault();
    action(viewer);
  });
}

const actionOf = (key) => KEYS[key] ?? (key.length === 1 ? KEYS[key.toLowerCase()] : undefined);
