// What a zip holds, by its directory and the first bytes of each member (APPNOTE 4.3.7, 4.3.12). Little is read of any.

import { bytesOf, directoryOf, entriesOf, ENCRYPTED } from "./archive_look.js";
import { countStudies } from "./counting.js";

const LOCAL_LENGTH = 30;
const MOST_MEMBERS = 20_000;
const UNKNOWN = 0xffffffff; // zip64
const STORED = 0;
const DEFLATED = 8;
const SPARE = 2048; // for what Deflate itself may take of the first bytes
const PATIENCE = 1000;
const NESTED = /\.(zip|7z|tar|tgz|gz|xz|bz2|iso|img)$/i;

/** Return counts as `countStudies` does, null where only unpacking all of it would tell. */
export async function countArchive(file, said, stopped) {
  const directory = await directoryOf(file);
  if (!directory) return null;
  const entries = [...entriesOf(directory)].filter(({ name }) => !name.endsWith("/"));
  if (!entries.length || entries.length > MOST_MEMBERS || !entries.every(isPlain)) return null;
  const members = entries.map((entry) => ({ file: new Member(file, entry) }));
  const counts = await countStudies(members, (done) => said(done, members.length), stopped);
  return counts?.unreadable ? null : counts;
}

function isPlain({ name, flags, method, packed, size, place }) {
  const known = packed !== UNKNOWN && size !== UNKNOWN && place !== UNKNOWN;
  return known && !(flags & ENCRYPTED) && (method === STORED || method === DEFLATED) && !NESTED.test(name);
}

/** A file inside a zip, of which the first bytes can be had. */
class Member {
  constructor(zip, entry) {
    this.zip = zip;
    this.entry = entry;
    this.size = entry.size;
  }

  async head(length) {
    const { place, packed, method } = this.entry;
    const local = await bytesOf(this.zip, place, LOCAL_LENGTH);
    const start = place + LOCAL_LENGTH + local.getUint16(26, true) + local.getUint16(28, true);
    const taken = Math.min(packed, length + SPARE);
    const bytes = new Uint8Array(await this.zip.slice(start, start + taken).arrayBuffer());
    if (bytes.length < taken) throw new RangeError("the archive ends too early");
    return method === STORED ? bytes.subarray(0, length) : inflate(bytes, length, taken === packed);
  }
}

/** Return the first bytes of what is deflated; only what is whole is brought to its end, which would be an error else. */
async function inflate(bytes, most, whole) {
  const { readable, writable } = new DecompressionStream("deflate-raw");
  const writer = writable.getWriter();
  const reader = readable.getReader();
  const written = writer.write(bytes).then(() => (whole ? writer.close() : wait(PATIENCE)));
  const over = whole ? new Promise((_, reject) => { written.catch(reject); }) : written.then(() => ({ done: true }));
  over.catch(() => {});
  const parts = [];
  for (let got = 0; got < most;) {
    const { done, value } = await Promise.race([reader.read(), over]);
    if (done) break;
    parts.push(value);
    got += value.length;
  }
  reader.cancel().catch(() => {});
  written.catch(() => {});
  return new Uint8Array(await new Blob(parts).slice(0, most).arrayBuffer());
}

function wait(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}
