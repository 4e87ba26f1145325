/**
 * A second read while it is written. The rule: no word is lost.
 *
 * Every change goes to this computer's storage at once and to the node a moment later; the local copy is dropped only
 * when the node has confirmed the very same values. States: saved, changed, saving, failed (tried again by itself),
 * refused (the node will not take these values), lost (the claim is gone; nothing is sent until it is claimed again).
 * When the log-in has ended the page is about to leave: the local copy stays and nobody is asked whether to go.
 */

import { postJson } from "../page/api.js";

const QUIET = 1200;
const RETRY = 5000;

export const EMPTY = Object.freeze({
  findings: "",
  impression: "",
  recommendation: "",
  agreement: null,
  radpeer: null,
  diagnosis_changed: null,
  treatment_changed: null,
  key_images: [],
});

export class Draft {
  #key;
  #path;
  #confirmed;
  #timer = 0;
  #saving = null;

  constructor({ itemId, readerId, saved, onState }) {
    this.#key = `overread.draft.${readerId}.${itemId}`;
    this.#path = `/api/worklist/${encodeURIComponent(itemId)}/read`;
    this.onState = onState;
    this.values = onlyFields(saved);
    this.#confirmed = JSON.stringify(this.values);
    this.state = "saved";
  }

  /** Take over what this computer kept from an earlier time; says whether there was anything. */
  restore() {
    const kept = this.#kept();
    if (!kept || JSON.stringify(kept) === this.#confirmed) return false;
    this.values = kept;
    this.#become("changed");
    this.#later(0);
    return true;
  }

  change(name, value) {
    if (JSON.stringify(this.values[name]) === JSON.stringify(value)) return;
    this.values = { ...this.values, [name]: value };
    keep(this.#key, this.values);
    if (this.state === "lost") return;
    this.#become("changed");
    this.#later(QUIET);
  }

  /**
   * Save what is not saved; resolves to true when the node has these values.
   *
   * With `always` they are sent even when they count as saved: before signing, because another window may have saved
   * other text since, and what is signed must be what this one shows.
   */
  async save({ keepalive = false, always = false } = {}) {
    clearTimeout(this.#timer);
    if (this.#saving && !keepalive) await this.#saving;
    if (this.state === "lost") return false;
    if (!always && JSON.stringify(this.values) === this.#confirmed) return true;
    this.#saving = this.#send(keepalive);
    const done = await this.#saving;
    this.#saving = null;
    return done && JSON.stringify(this.values) !== this.#confirmed ? this.save() : done;
  }

  /** The item is this reader's again: send what waited. */
  resume() {
    this.#become("changed");
    return this.save();
  }

  /** Send and report nothing more; the local copy stays. */
  stop() {
    clearTimeout(this.#timer);
    this.onState = () => {};
  }

  /** The read is signed: nothing is left to keep. */
  finish() {
    this.stop();
    forget(this.#key);
  }

  async #send(keepalive) {
    const sent = JSON.stringify(this.values);
    this.#become("saving");
    try {
      await postJson(this.#path, this.values, { keepalive });
    } catch (problem) {
      this.#failed(problem);
      return false;
    }
    this.#confirmed = sent;
    if (JSON.stringify(this.values) === sent) {
      forget(this.#key);
      this.#become("saved");
    }
    return true;
  }

  #failed(problem) {
    if (problem.status === 401) return this.#become("changed");
    if (problem.status === 409) return this.#become("lost", problem);
    if (problem.status >= 400 && problem.status < 500) return this.#become("refused", problem);
    this.#become("failed", problem);
    return this.#later(RETRY);
  }

  #later(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), wait);
  }

  #become(state, problem = null) {
    this.state = state;
    this.onState(state, problem);
  }

  #kept() {
    try {
      const kept = localStorage.getItem(this.#key);
      return kept && onlyFields(JSON.parse(kept));
    } catch {
      return null;
    }
  }
}

/** Keep the fields of a read and no others, in one order, so that equal reads are equal as text. */
function onlyFields(values) {
  return Object.fromEntries(Object.entries(EMPTY).map(([name, empty]) => [name, values?.[name] ?? empty]));
}

/** Storage may be full or forbidden; saving to the node goes on either way. */
function keep(key, values) {
  try {
    localStorage.setItem(key, JSON.stringify(values));
  } catch {
    // The node's copy is then the only one, as it would be without local storage.
  }
}

function forget(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}
