// A zip made while it is sent: nothing is compressed, so its length is known before the first byte, and the same files
// give the same bytes again. CRC and size follow each file (APPNOTE 4.4.4 bit 3); zip64 fields stand where they must.

import { crc32 } from "./crc32.js";

const FLAGS = 0x0808; // sizes follow the data, names are UTF-8
const DATE = 0x21; // 1980-01-01: when a file was made is in the file
const MOST = 0xffffffff;
const MOST_FILES = 0xffff;
const PIECE = 1 << 20;

const encoder = new TextEncoder();

/** Return the plan of a zip of `files`, each `{path, file}`: entries, and how many bytes it will have. */
export function planZip(files) {
  let place = 0;
  const entries = files.map(({ path, file }) => {
    const name = encoder.encode(path);
    const large = file.size >= MOST;
    const entry = { name, file, large, place, crc: 0 };
    place += 30 + name.length + (large ? 20 : 0) + file.size + (large ? 24 : 16);
    return entry;
  });
  const directory = entries.reduce((sum, entry) => sum + directoryLength(entry), 0);
  const zip64 = place >= MOST || directory >= MOST || entries.length >= MOST_FILES || entries.some((entry) => entry.large);
  return { entries, directory: { place, length: directory, zip64 }, length: place + directory + (zip64 ? 76 : 0) + 22 };
}

/**
 * Yield the parts of a planned zip in their order: its own bytes, and where a file's content belongs the file's entry,
 * whose `crc` has to be set before the next part is asked for.
 */
export function* zipParts(plan) {
  for (const entry of plan.entries) {
    yield localHeader(entry);
    yield entry;
    yield descriptor(entry);
  }
  for (const entry of plan.entries) yield directoryEntry(entry);
  yield ending(plan);
}

/** Yield the bytes of a planned zip in pieces, from its beginning; a file that cannot be read, or changed, throws. */
export async function* zipBytes(plan) {
  for (const part of zipParts(plan)) {
    if (part instanceof Uint8Array) yield part;
    else yield* contentOf(part);
  }
}

async function* contentOf(entry) {
  entry.crc = 0;
  for (let start = 0; start < entry.file.size; start += PIECE) {
    const piece = new Uint8Array(await entry.file.slice(start, start + PIECE).arrayBuffer());
    if (piece.length !== Math.min(PIECE, entry.file.size - start)) throw new DOMException("changed", "NotReadableError");
    entry.crc = crc32(piece, entry.crc);
    yield piece;
  }
}

/** Yield the bytes of one file as it is, from a place on. */
export async function* fileBytes(file, from) {
  for (let start = from; start < file.size; start += PIECE) {
    yield new Uint8Array(await file.slice(start, start + PIECE).arrayBuffer());
  }
}

/** Return numbers as little-endian bytes; `fields` are pairs of width and value. */
function pack(fields, ...tails) {
  const length = fields.reduce((sum, [width]) => sum + width, 0);
  const bytes = new Uint8Array(length + tails.reduce((sum, tail) => sum + tail.length, 0));
  const view = new DataView(bytes.buffer);
  let place = 0;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(place, value, true);
    else if (width === 4) view.setUint32(place, value, true);
    else view.setBigUint64(place, BigInt(value), true);
    place += width;
  }
  for (const tail of tails) {
    bytes.set(tail, place);
    place += tail.length;
  }
  return bytes;
}

function localHeader({ name, large }) {
  const extra = large ? pack([[2, 1], [2, 16], [8, 0], [8, 0]]) : new Uint8Array(0);
  const size = large ? MOST : 0;
  return pack([[4, 0x04034b50], [2, large ? 45 : 20], [2, FLAGS], [2, 0], [2, 0], [2, DATE], [4, 0],
    [4, size], [4, size], [2, name.length], [2, extra.length]], name, extra);
}

function descriptor({ file, large, crc }) {
  const width = large ? 8 : 4;
  return pack([[4, 0x08074b50], [4, crc], [width, file.size], [width, file.size]]);
}

function directoryExtra({ file, large, place }) {
  const fields = [...(large ? [[8, file.size], [8, file.size]] : []), ...(place >= MOST ? [[8, place]] : [])];
  return fields.length ? pack([[2, 1], [2, fields.length * 8], ...fields]) : new Uint8Array(0);
}

function directoryLength(entry) {
  return 46 + entry.name.length + directoryExtra(entry).length;
}

function directoryEntry(entry) {
  const { name, file, large, place, crc } = entry;
  const extra = directoryExtra(entry);
  const size = large ? MOST : file.size;
  return pack([[4, 0x02014b50], [2, 45], [2, extra.length ? 45 : 20], [2, FLAGS], [2, 0], [2, 0], [2, DATE], [4, crc],
    [4, size], [4, size], [2, name.length], [2, extra.length], [2, 0], [2, 0], [2, 0], [4, 0],
    [4, Math.min(place, MOST)]], name, extra);
}

function ending({ entries, directory }) {
  const { place, length, zip64 } = directory;
  const count = Math.min(entries.length, MOST_FILES);
  const plain = pack([[4, 0x06054b50], [2, 0], [2, 0], [2, zip64 ? MOST_FILES : count], [2, zip64 ? MOST_FILES : count],
    [4, zip64 ? MOST : length], [4, zip64 ? MOST : place], [2, 0]]);
  if (!zip64) return plain;
  const record = pack([[4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, entries.length],
    [8, entries.length], [8, length], [8, place]]);
  const locator = pack([[4, 0x07064b50], [4, 0], [8, place + length], [4, 1]]);
  return pack([], record, locator, plain);
}
