/** The viewer: one, two or four viewports, one of them active, over the series of a study and of its priors. */

import { byId, copyOf } from "../page/elements.js";
import { tellProblem } from "../page/notice.js";
import { Cine } from "./cine.js";
import { showCorners } from "./corners.js";
import { thumbnailAddress } from "./frame_address.js";
import { FrameStore } from "./frame_store.js";
import { Headers } from "./headers.js";
import { listenToKeys } from "./keys.js";
import { attachPointer } from "./pointer_tools.js";
import { SeriesList } from "./series_list.js";
import { stackOf } from "./stack.js";
import { seriesOf } from "./studies.js";
import { Toolbar } from "./toolbar.js";
import { Viewport } from "./viewport.js";
import { presetsOf } from "./window_presets.js";

const KEPT_BYTES = 384 * 1024 * 1024;
const LAYOUTS = [1, 2, 4];

export class Viewer {
  #keyImages = { canMark: false, isKeyImage: () => false, toggleKeyImage: () => {} };

  constructor(detail) {
    this.patient = detail.patient;
    this.series = seriesOf(detail);
    this.store = new FrameStore(KEPT_BYTES);
    this.headers = new Headers();
    this.viewports = [];
    this.cine = new Cine((cine) => this.toolbar.showCine(cine));
    this.toolbar = new Toolbar(this);
    this.list = new SeriesList(this.series, (series) => this.showSeries(series));
    this.lay(1);
    listenToKeys(this);
  }

  /** Tell the viewer who keeps the key images. */
  connect(keyImages) {
    this.#keyImages = keyImages;
    this.refresh();
  }

  lay(count) {
    while (this.viewports.length > count) this.viewports.pop().close();
    if (!this.viewports.includes(this.active)) this.active = this.viewports[0];
    while (this.viewports.length < count) this.#addViewport();
    byId("grid").dataset.layout = String(count);
    this.toolbar.showLayout(count);
    this.activate(this.active);
  }

  nextLayout() {
    this.lay(LAYOUTS[(LAYOUTS.indexOf(this.viewports.length) + 1) % LAYOUTS.length]);
  }

  #addViewport() {
    const root = copyOf("viewport");
    byId("grid").append(root);
    const viewport = new Viewport(root, { store: this.store, onChange: (changed) => this.#changed(changed) });
    this.viewports.push(viewport);
    this.active ??= viewport;
    attachPointer(viewport, () => this.toolbar.tool);
    root.addEventListener("pointerdown", () => this.activate(viewport), { capture: true });
    root.addEventListener("focusin", () => this.activate(viewport));
    root.querySelector("input").addEventListener("input", (event) => viewport.go(Number(event.target.value) - 1));
    root.addEventListener("dragover", (event) => event.preventDefault());
    root.addEventListener("drop", (event) => this.#dropped(event, viewport));
    const shown = this.viewports.map((other) => other.series);
    const withImages = this.series.filter((series) => stackOf(series).length);
    const next = withImages.find((series) => !shown.includes(series)) ?? withImages[0] ?? this.series[0];
    if (next) this.#load(viewport, next);
    else this.#changed(viewport);
  }

  #dropped(event, viewport) {
    event.preventDefault();
    const uid = event.dataTransfer.getData("text/plain");
    const series = this.series.find((entry) => entry.series_uid === uid);
    if (series) this.showSeries(series, viewport);
  }

  activate(viewport) {
    if (this.active !== viewport) this.cine.stop();
    this.active = viewport;
    for (const other of this.viewports) other.root.classList.toggle("active", other === viewport);
    this.#changed(viewport);
  }

  showSeries(series, viewport = this.active) {
    this.cine.stop();
    this.#load(viewport, series);
    this.activate(viewport);
  }

  /** Show a prior beside the study in question: in the second viewport, or the active one where both are taken. */
  showPrior(studyUid) {
    const ofPrior = this.series.filter((series) => series.study_uid === studyUid);
    const series = ofPrior.find((each) => stackOf(each).length) ?? ofPrior[0];
    if (!series) return;
    if (this.viewports.length === 1) this.lay(2);
    this.showSeries(series, this.viewports[1]);
  }

  stepSeries(by) {
    const at = this.series.indexOf(this.active.series);
    const next = this.series[at + by];
    if (next) this.showSeries(next);
  }

  #load(viewport, series, index = 0) {
    viewport.show(series, index);
    this.headers.of(series).then(
      (headers) => viewport.series === series && this.#learn(viewport, headers),
      tellProblem,
    );
  }

  #learn(viewport, headers) {
    viewport.learn(headers);
    if (viewport === this.active && viewport.facts.rate) this.cine.setRate(viewport.facts.rate);
  }

  usePreset(number) {
    const { active } = this;
    if (number === 0) {
      active.setWindow(null);
      return;
    }
    const preset = presetsOf(active.series?.modality, active.facts.colour)[number - 1];
    const window = preset?.window(active.startWindow);
    if (window) active.setWindow(window);
  }

  act(name) {
    const { active } = this;
    const actions = {
      invert: () => active.invert(),
      fit: () => active.fit(),
      reset: () => active.reset(),
      play: () => this.cine.toggle(active),
      help: () => byId("help").showModal(),
      "key-image": () => this.canMark && this.#keyImages.toggleKeyImage(imageOf(active)),
    };
    actions[name]();
  }

  /** Key images are of the study that is read, never of a prior. */
  get canMark() {
    return this.#keyImages.canMark && !this.active?.series?.prior;
  }

  isKeyImage(viewport) {
    const image = imageOf(viewport);
    return Boolean(image) && this.#keyImages.isKeyImage(image);
  }

  /** Where an image of the study that is read is: its thumbnail and what to call it; null when it is not here. */
  locate(image) {
    for (const series of this.series.filter((each) => !each.prior)) {
      const stack = stackOf(series);
      const index = stack.findIndex((frame) => frame.sopInstanceUid === image.sop_instance_uid && frame.number === image.frame);
      if (index < 0) continue;
      const words = `series ${series.number ?? "–"}, image ${index + 1}`;
      return { series, index, words, thumbnail: thumbnailAddress(stack[index]) };
    }
    return null;
  }

  open(image) {
    const place = this.locate(image);
    if (!place) return;
    if (this.active.series === place.series) this.active.go(place.index);
    else this.#load(this.active, place.series, place.index);
    this.activate(this.active);
  }

  refresh() {
    for (const viewport of this.viewports) this.#changed(viewport);
  }

  #changed(viewport) {
    showCorners(viewport, this.patient);
    showSlider(viewport);
    viewport.root.querySelector("[data-part=key]").hidden = !this.isKeyImage(viewport);
    if (viewport !== this.active) return;
    this.toolbar.show(viewport);
    this.list.mark(this.viewports.map(({ series }) => series?.series_uid), viewport.series?.series_uid);
  }
}

/** The drawn image as a key image names it. */
function imageOf({ drawn }) {
  return drawn?.bitmap ? { sop_instance_uid: drawn.frame.sopInstanceUid, frame: drawn.frame.number } : null;
}

function showSlider({ root, frames, index, canvas }) {
  const slider = root.querySelector("input");
  slider.max = String(Math.max(1, frames.length));
  slider.value = String(index + 1);
  slider.closest("label").hidden = frames.length < 2;
  canvas.setAttribute("aria-label", `Image ${index + 1} of ${frames.length}`);
}
