/**
 * One viewport: a stack of frames, the one on the screen, its window and its place.
 *
 * At most one frame is awaited at a time and the latest wish wins, so a fast scroll or drag shows what arrives and ends
 * on what was asked last. What the corners say is always about the picture that is drawn, never about the one that is
 * still on its way.
 */

import { frameRequest } from "./frame_address.js";
import { factsOf } from "./frame_facts.js";
import { movedBy, NEUTRAL, placeOf, zoomedAt } from "./geometry.js";
import { stackOf } from "./stack.js";

const AHEAD = 12;
const BEHIND = 4;
const STILL_AFTER = 250;

export class Viewport {
  #store;
  #loading = null;
  #stillTimer = 0;
  #direction = 1;
  #context;
  #sizes;

  constructor(root, { store, onChange }) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.#context = this.canvas.getContext("2d", { alpha: false });
    this.#store = store;
    this.onChange = onChange;
    this.series = null;
    this.frames = [];
    this.headers = new Map();
    this.drawn = null;
    this.#rest();
    this.#sizes = new ResizeObserver(() => this.repaint());
    this.#sizes.observe(this.canvas);
  }

  /** Take the viewport off the page and let go of what it holds. */
  close() {
    clearTimeout(this.#stillTimer);
    this.#sizes.disconnect();
    this.#store.forget(this);
    this.root.remove();
  }

  #rest() {
    Object.assign(this, { index: 0, window: null, view: NEUTRAL, inverted: false, fidelity: "browse" });
  }

  /** Show a series from a frame on; `headers` arrive later through `learn`. */
  show(series, index = 0) {
    this.#store.abandon(this);
    this.#loading = null;
    this.#rest();
    this.series = series;
    this.frames = stackOf(series);
    this.headers = new Map();
    this.drawn = null;
    this.#paint();
    this.go(index);
  }

  /** Take the headers of the shown series: instance metadata by SOP Instance UID. */
  learn(headers) {
    this.headers = headers;
    this.onChange(this);
  }

  /** The facts of the frame on the screen, or of the one on its way while there is none. */
  get facts() {
    const frame = this.drawn?.frame ?? this.frames[this.index];
    return factsOf(frame && this.headers.get(frame.sopInstanceUid), frame?.number ?? 1);
  }

  /** The window that a change starts from: the image's own, or all its values. */
  get startWindow() {
    const { windows, range } = this.facts;
    return windows[0] ?? range;
  }

  get isUpToDate() {
    return !this.#loading && this.drawn?.index === this.index;
  }

  go(index) {
    if (!this.frames.length) return this.onChange(this);
    const target = Math.min(this.frames.length - 1, Math.max(0, index));
    if (target !== this.index) this.#direction = Math.sign(target - this.index);
    this.index = target;
    return this.#wish("browse");
  }

  step(by, { round = false } = {}) {
    const count = this.frames.length;
    this.go(round ? (this.index + by + count) % count : this.index + by);
  }

  /** Set the window (null: the image's own); `settled` is false while it is still being dragged. */
  setWindow(window, { settled = true } = {}) {
    if (this.facts.colour) return;
    this.window = window && { center: window.center, width: Math.max(1, window.width) };
    this.#wish(settled ? "browse" : "draft");
  }

  invert() {
    this.inverted = !this.inverted;
    this.repaint();
  }

  fit() {
    this.view = NEUTRAL;
    this.#wish(this.fidelity);
  }

  reset() {
    this.window = null;
    this.inverted = false;
    this.fit();
  }

  zoomBy(factor, point = null) {
    const box = this.#box();
    this.view = zoomedAt(this.view, factor, point ?? { x: box.width / 2, y: box.height / 2 }, box);
    this.#wish(this.fidelity);
  }

  panBy(x, y) {
    this.view = movedBy(this.view, x, y);
    this.repaint();
  }

  repaint() {
    this.#paint();
    this.onChange(this);
    if (this.frames.length) this.#pump();
  }

  #wish(fidelity) {
    this.fidelity = fidelity;
    clearTimeout(this.#stillTimer);
    if (this.#loading?.request.fidelity === "still") this.#store.abandon(this);
    this.repaint();
  }

  #request(index, fidelity) {
    const box = this.#box();
    const place = Math.max(box.width, box.height, 1) * devicePixelRatio * Math.max(1, this.view.zoom);
    return frameRequest(this.frames[index], { window: this.window, place, fidelity });
  }

  #pump() {
    if (this.#loading) return;
    const wish = { index: this.index, frame: this.frames[this.index], window: this.window, request: this.#request(this.index, this.fidelity) };
    if (this.drawn?.request.key === wish.request.key) {
      this.#settle();
      return;
    }
    this.#loading = wish;
    this.#store
      .load(wish.request, this, { keep: this.fidelity !== "draft" })
      .then((bitmap) => this.#arrived(wish, bitmap, null), (problem) => this.#arrived(wish, null, problem));
  }

  #arrived(wish, bitmap, problem) {
    if (this.#loading !== wish) return;
    this.#loading = null;
    if (problem?.name !== "AbortError") {
      this.drawn = { ...wish, bitmap, problem };
      this.#store.hold(this, bitmap);
    }
    this.repaint();
  }

  /** The wished frame is there: fetch its neighbours, and soon the same frame without loss. */
  #settle() {
    if (this.fidelity === "draft") return;
    this.#store.prefetch(this, this.#neighbours());
    if (this.fidelity === "still" || this.drawn.problem) return;
    clearTimeout(this.#stillTimer);
    this.#stillTimer = setTimeout(() => this.#wish("still"), STILL_AFTER);
  }

  #neighbours() {
    const offsets = [];
    for (let far = 1; far <= AHEAD; far += 1) {
      offsets.push(far * this.#direction);
      if (far <= BEHIND) offsets.push(-far * this.#direction);
    }
    const indexes = offsets.map((offset) => this.index + offset).filter((index) => this.frames[index]);
    return indexes.map((index) => this.#request(index, "browse"));
  }

  #box() {
    return { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
  }

  /** Return where the drawn image lies on the canvas, in CSS pixels, or null. */
  get place() {
    return this.drawn?.bitmap ? placeOf(this.drawn.bitmap, this.#box(), this.view) : null;
  }

  #paint() {
    const { width, height } = this.#box();
    const [across, down] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
    if (this.canvas.width !== across || this.canvas.height !== down) Object.assign(this.canvas, { width: across, height: down });
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = "source-over";
    context.fillStyle = "#000";
    context.fillRect(0, 0, across, down);
    const place = this.place;
    if (!place) return;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.imageSmoothingQuality = "high";
    context.drawImage(this.drawn.bitmap, place.left, place.top, place.width, place.height);
    if (!this.inverted) return;
    context.globalCompositeOperation = "difference";
    context.fillStyle = "#fff";
    context.fillRect(place.left, place.top, place.width, place.height);
  }
}
