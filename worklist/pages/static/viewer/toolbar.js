/** The tool buttons above the images; they act on the active viewport and show its state. */

import { byId, make } from "../page/elements.js";
import { presetsOf } from "./window_presets.js";

export class Toolbar {
  constructor(viewer) {
    this.viewer = viewer;
    this.tool = "window";
    this.offered = "";
    for (const button of document.querySelectorAll("[data-tool]")) {
      button.addEventListener("click", () => this.choose(button.dataset.tool));
    }
    for (const button of document.querySelectorAll("[data-layout]:is(button)")) {
      button.addEventListener("click", () => viewer.lay(Number(button.dataset.layout)));
    }
    for (const button of document.querySelectorAll("[data-action]")) {
      button.addEventListener("click", () => viewer.act(button.dataset.action));
    }
    byId("preset").addEventListener("change", (event) => {
      viewer.usePreset(Number(event.target.value));
      viewer.active.canvas.focus();
    });
    byId("rate").addEventListener("input", (event) => viewer.cine.setRate(Number(event.target.value)));
  }

  choose(tool) {
    this.tool = tool;
    for (const button of document.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    }
    byId("grid").dataset.tool = tool;
  }

  show(viewport) {
    const { facts, series, frames } = viewport;
    this.#offerPresets(presetsOf(series?.modality, facts.colour));
    byId("preset").value = String(this.#presetInUse(viewport));
    byId("cine").hidden = frames.length < 2;
    press("[data-action=invert]", viewport.inverted);
    press("[data-action=key-image]", this.viewer.isKeyImage(viewport));
    document.querySelector("[data-action=key-image]").disabled = !this.viewer.canMark;
  }

  showLayout(count) {
    for (const button of document.querySelectorAll("[data-layout]:is(button)")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.layout) === count));
    }
  }

  showCine(cine) {
    press("[data-action=play]", cine.isPlaying);
    document.querySelector("[data-action=play]").setAttribute("aria-label", cine.isPlaying ? "Pause" : "Play");
    byId("rate").value = String(cine.rate);
    byId("rate-words").textContent = `${cine.rate}/s`;
  }

  #offerPresets(presets) {
    const key = presets.map(({ name }) => name).join();
    const select = byId("preset");
    select.disabled = presets.length === 0;
    if (this.offered === key && select.options.length) return;
    this.offered = key;
    select.replaceChildren(
      make("option", { value: "0" }, presets.length ? "0 As sent" : "Colour"),
      ...presets.map(({ name }, index) => make("option", { value: String(index + 1) }, `${index + 1} ${name}`)),
      make("option", { value: "-1", hidden: true }, "Own window"),
    );
  }

  #presetInUse(viewport) {
    if (!viewport.window) return 0;
    const presets = presetsOf(viewport.series.modality, viewport.facts.colour);
    const { center, width } = viewport.window;
    const found = presets.findIndex(({ window }) => {
      const own = window(viewport.startWindow);
      return own && own.center === center && own.width === width;
    });
    return found < 0 ? -1 : found + 1;
  }
}

const press = (selector, isPressed) => document.querySelector(selector).setAttribute("aria-pressed", String(isPressed));
