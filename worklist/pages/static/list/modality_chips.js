/** Chips that narrow the worklist to modalities; a modality once seen keeps its chip. */

import { make } from "../page/elements.js";

export class ModalityChips {
  #seen = new Set();
  #chosen = new Set();

  constructor(box, onChange) {
    this.box = box;
    this.onChange = onChange;
  }

  get chosen() {
    return [...this.#chosen].sort();
  }

  offer(modalities) {
    const before = this.#seen.size;
    for (const modality of modalities) this.#seen.add(modality);
    if (this.#seen.size !== before) this.#show();
  }

  #show() {
    this.box.replaceChildren(...[...this.#seen].sort().map((modality) => this.#chip(modality)));
  }

  #chip(modality) {
    const chip = make("button", { type: "button", class: "chip", "aria-pressed": String(this.#chosen.has(modality)) }, modality);
    chip.addEventListener("click", () => {
      if (!this.#chosen.delete(modality)) this.#chosen.add(modality);
      chip.setAttribute("aria-pressed", String(this.#chosen.has(modality)));
      this.onChange();
    });
    return chip;
  }
}
