/** Cine: one step a beat, round and round; a beat on which the frame before has not arrived is left out. */

export class Cine {
  #timer = 0;

  constructor(onChange) {
    this.onChange = onChange;
    this.rate = 15;
    this.viewport = null;
  }

  get isPlaying() {
    return this.#timer !== 0;
  }

  toggle(viewport) {
    if (this.isPlaying) this.stop();
    else this.start(viewport);
  }

  start(viewport) {
    if (viewport.frames.length < 2) return;
    this.viewport = viewport;
    this.#beat();
    this.onChange(this);
  }

  stop() {
    if (!this.isPlaying) return;
    clearInterval(this.#timer);
    this.#timer = 0;
    this.onChange(this);
  }

  /** Frames a second, kept within what a person can follow. */
  setRate(rate) {
    this.rate = Math.min(60, Math.max(1, Math.round(rate)));
    if (this.isPlaying) this.#beat();
    this.onChange(this);
  }

  #beat() {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.viewport.isUpToDate && this.viewport.step(1, { round: true }), 1000 / this.rate);
  }
}
