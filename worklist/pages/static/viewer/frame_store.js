/**
 * Decoded frames, least recently used first out, bounded in bytes; and the requests under way.
 *
 * What a viewport waits for goes ahead at once; neighbours are fetched behind it, a few at a time, and a neighbour that
 * nobody wants any more is aborted. A bitmap on the screen is never closed, even when it has left the store.
 */

import { ask } from "../page/api.js";

const AT_ONCE = 3;

export class FrameStore {
  #kept = new Map();
  #bytes = 0;
  #pending = new Map();
  #wanted = new Map();
  #held = new Map();

  constructor(limitBytes) {
    this.limitBytes = limitBytes;
  }

  has(request) {
    return this.#kept.has(request.key);
  }

  /** Return the bitmap of a frame; `keep: false` for pictures that pass, such as those of a drag. */
  load(request, owner, { keep = true } = {}) {
    const bitmap = this.#touch(request.key);
    if (bitmap) return Promise.resolve(bitmap);
    const pending = this.#pending.get(request.key);
    if (pending) {
      pending.owner = owner;
      return pending.promise;
    }
    return this.#start(request, owner, keep);
  }

  /** Say which frames an owner will probably want next, nearest first. */
  prefetch(owner, requests) {
    this.#wanted.set(owner, requests);
    const wanted = new Set([...this.#wanted.values()].flat().map((request) => request.key));
    for (const [key, pending] of this.#pending) {
      if (!pending.owner && !wanted.has(key)) pending.controller.abort();
    }
    this.#pump();
  }

  /** Abort what an owner waits for. */
  abandon(owner) {
    this.#wanted.delete(owner);
    for (const pending of this.#pending.values()) if (pending.owner === owner) pending.controller.abort();
  }

  /** Keep a bitmap alive while an owner shows it, and let go of the one shown before. */
  hold(owner, bitmap) {
    const before = this.#held.get(owner);
    this.#held.set(owner, bitmap);
    if (before && before !== bitmap) this.#closeUnlessUsed(before);
  }

  /** An owner is gone: abort for it, and hold nothing for it. */
  forget(owner) {
    this.abandon(owner);
    this.hold(owner, null);
    this.#held.delete(owner);
  }

  #start(request, owner, keep) {
    const controller = new AbortController();
    const pending = { controller, owner, promise: null };
    pending.promise = fetchBitmap(request, controller.signal)
      .then((bitmap) => {
        if (keep) this.#keep(request.key, bitmap);
        return bitmap;
      })
      .finally(() => {
        this.#pending.delete(request.key);
        this.#pump();
      });
    this.#pending.set(request.key, pending);
    return pending.promise;
  }

  #pump() {
    const queue = [...this.#wanted.values()].flat();
    for (const request of queue) {
      if (this.#pending.size >= AT_ONCE) return;
      if (this.#kept.has(request.key) || this.#pending.has(request.key)) continue;
      this.#start(request, null, true).catch(() => this.#unwant(request.key));
    }
  }

  /** A neighbour that failed is not asked for again until a viewport wants it itself. */
  #unwant(key) {
    for (const [owner, requests] of this.#wanted) {
      this.#wanted.set(owner, requests.filter((request) => request.key !== key));
    }
  }

  #touch(key) {
    const bitmap = this.#kept.get(key);
    if (bitmap) {
      this.#kept.delete(key);
      this.#kept.set(key, bitmap);
    }
    return bitmap;
  }

  #keep(key, bitmap) {
    this.#kept.set(key, bitmap);
    this.#bytes += bytesOf(bitmap);
    for (const [oldest, old] of this.#kept) {
      if (this.#bytes <= this.limitBytes || oldest === key) return;
      this.#kept.delete(oldest);
      this.#bytes -= bytesOf(old);
      this.#closeUnlessUsed(old);
    }
  }

  #closeUnlessUsed(bitmap) {
    const used = [...this.#held.values()].includes(bitmap) || [...this.#kept.values()].includes(bitmap);
    if (!used) bitmap.close();
  }
}

const bytesOf = (bitmap) => bitmap.width * bitmap.height * 4;

async function fetchBitmap(request, signal) {
  const response = await ask(request.url, { signal, headers: { Accept: request.accept } });
  return createImageBitmap(await response.blob());
}
