// Send bytes by the tus protocol 1.0.0: in chunks that the server makes durable one by one, and again from where it
// stands when the connection breaks. Waiting grows up to half a minute; only an answer that waiting cannot change ends it.

const CHUNK = 8 << 20;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
const WAITING_HELPS = new Set([408, 409, 423, 425, 429, 500, 502, 503, 504]);

/** An answer that sending again does not change; `status` is the HTTP status. */
export class Refused extends Error {
  constructor(status) {
    super(`refused with ${status}`);
    this.status = status;
  }
}

/** One upload; `headers` show who sends, `password` opens an encrypted archive once it is whole. `on.progress(sent)`, `on.broken(true|false)`; `signal` cancels. */
export class TusUpload {
  constructor({ root, headers, password, signal, on }) {
    this.root = root;
    this.headers = headers;
    this.password = password;
    this.signal = signal;
    this.on = on;
    this.url = null;
  }

  /**
   * Open an upload, or take up the one called `id`; then send it from where the server stands. `source(offset)` returns
   * `{pieces, from}`: its bytes, from that offset or from an earlier place. Return the upload's id.
   */
  async send({ source, length, filename, fingerprint, id }) {
    this.length = length;
    this.url = id ? `${this.root}/${id}` : await this.#persist(() => this.#create(length, filename, fingerprint));
    let offset = id ? await this.#persist(() => this.#offset()) : 0;
    const { pieces, from } = source(offset);
    let passed = from;
    const chunk = new Uint8Array(Math.min(CHUNK, length));
    let filled = 0;
    const flush = async () => {
      offset = await this.#sendChunk(chunk.subarray(0, filled), passed);
      passed += filled;
      filled = 0;
    };
    this.on.progress(offset);
    for await (const piece of pieces) {
      this.signal.throwIfAborted();
      let rest = piece;
      if (passed + filled + rest.length <= offset && filled === 0) {
        passed += rest.length;
        continue;
      }
      if (filled === 0 && passed < offset) {
        rest = rest.subarray(offset - passed);
        passed = offset;
      }
      while (rest.length) {
        const taken = Math.min(rest.length, chunk.length - filled);
        chunk.set(rest.subarray(0, taken), filled);
        filled += taken;
        rest = rest.subarray(taken);
        if (filled === chunk.length) await flush();
      }
    }
    if (filled) await flush();
    if (offset !== length) throw new DOMException("the files changed", "NotReadableError");
    return this.url.split("/").pop();
  }

  /** Remove what has come. */
  async cancel() {
    if (this.url) await fetch(this.url, { method: "DELETE", headers: this.#headers() }).catch(() => {});
  }

  async #create(length, filename, fingerprint) {
    const metadata = Object.entries({ filename, fingerprint }).map(([key, value]) => `${key} ${base64(value)}`).join(",");
    const answer = await this.#ask(this.root, "POST", { "Upload-Length": String(length), "Upload-Metadata": metadata });
    return answer.headers.get("Location");
  }

  async #offset() {
    return Number((await this.#ask(this.url, "HEAD", this.#secret())).headers.get("Upload-Offset"));
  }

  /** Send the bytes that stand at `place` of the upload; return where the server stands then. */
  async #sendChunk(bytes, place) {
    let offset = place;
    await this.#persist(async (again) => {
      if (again) offset = await this.#offset();
      if (offset < place || offset > place + bytes.length) throw new Refused(409);
      if (offset < place + bytes.length) offset = await this.#patch(bytes.subarray(offset - place), offset);
    });
    return offset;
  }

  /** XMLHttpRequest says how much of a body went out, which fetch does not. */
  #patch(bytes, offset) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const stop = () => request.abort();
      request.open("PATCH", this.url);
      const last = offset + bytes.length === this.length;
      const headers = { ...this.#headers(), ...(last ? this.#secret() : {}), "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream" };
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, String(value));
      request.upload.onprogress = (event) => this.on.progress(offset + Math.min(event.loaded, bytes.length));
      request.onload = () => {
        if (request.status === 204) resolve(Number(request.getResponseHeader("Upload-Offset")));
        else reject(new Refused(request.status));
      };
      request.onerror = () => reject(new TypeError("the connection broke"));
      request.onabort = () => reject(this.signal.reason ?? new DOMException("cancelled", "AbortError"));
      request.onloadend = () => this.signal.removeEventListener("abort", stop);
      this.signal.addEventListener("abort", stop, { once: true });
      request.send(bytes);
    });
  }

  async #ask(url, method, headers) {
    const answer = await fetch(url, { method, headers: { ...this.#headers(), ...headers }, signal: this.signal });
    if (!answer.ok) throw new Refused(answer.status);
    return answer;
  }

  /** Do something until it works, is refused for good, or is cancelled. */
  async #persist(action) {
    let pause = FIRST_PAUSE;
    for (let again = false; ; again = true) {
      try {
        const result = await action(again);
        this.on.broken(false);
        return result;
      } catch (error) {
        this.signal.throwIfAborted();
        if (error instanceof Refused && !WAITING_HELPS.has(error.status)) throw error;
        if (error instanceof Refused && error.status === 409 && !this.url) throw error;
        if (!(error instanceof Refused) && !(error instanceof TypeError)) throw error;
        this.on.broken(true);
      }
      await this.#wait(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }

  /** Wait, or go on at once when the browser says that it is online again. */
  #wait(milliseconds) {
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        removeEventListener("online", go);
        this.signal.removeEventListener("abort", go);
        resolve();
      };
      const timer = setTimeout(go, milliseconds);
      addEventListener("online", go);
      this.signal.addEventListener("abort", go);
    });
  }

  /** The header with the password; a header's characters are the bytes of the text in UTF-8. */
  #secret() {
    return this.password ? { "Overread-Bundle-Password": byteString(this.password) } : {};
  }

  #headers() {
    return { "Tus-Resumable": "1.0.0", ...this.headers };
  }
}

function byteString(text) {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function base64(text) {
  return btoa(byteString(text));
}
