// Whether an archive asks for a password, by a look at its directory (APPNOTE 4.3.7, 4.3.12, 4.3.16). Nothing is unpacked.

const LOCAL = 0x04034b50;
const ENTRY = 0x02014b50;
const END = 0x06054b50;
const END_LENGTH = 22;
const LONGEST_REMARK = 0xffff;
const MOST_DIRECTORY = 16 << 20;
const SEVEN_ZIP = [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c];
export const ENCRYPTED = 1;

/** Return "yes", "no", or "perhaps" where only unpacking it would tell. */
export async function asksForPassword(file) {
  const head = await bytesOf(file, 0, 64);
  if (SEVEN_ZIP.every((byte, place) => head.getUint8(place) === byte)) return "perhaps";
  if (head.getUint32(0, true) !== LOCAL) return "no";
  if (head.getUint16(6, true) & ENCRYPTED) return "yes";
  const directory = await directoryOf(file);
  return directory ? entriesAsk(directory) : "perhaps";
}

/** Return the directory of a zip as a view, null where it has none that is within reach. */
export async function directoryOf(file) {
  const start = Math.max(file.size - END_LENGTH - LONGEST_REMARK, 0);
  const tail = await bytesOf(file, start, file.size - start);
  for (let place = tail.byteLength - END_LENGTH; place >= 0; place -= 1) {
    if (tail.getUint32(place, true) !== END) continue;
    const length = tail.getUint32(place + 12, true);
    const from = tail.getUint32(place + 16, true);
    const reachable = length <= MOST_DIRECTORY && from + length <= file.size;
    return reachable ? bytesOf(file, from, length) : null;
  }
  return null;
}

function entriesAsk(directory) {
  for (const { flags } of entriesOf(directory)) if (flags & ENCRYPTED) return "yes";
  return "no";
}

/** Give the entries of a directory one by one. */
export function* entriesOf(directory) {
  let at = 0;
  while (at + 46 <= directory.byteLength && directory.getUint32(at, true) === ENTRY) {
    const [name, extra, remark] = [28, 30, 32].map((field) => directory.getUint16(at + field, true));
    const end = Math.min(at + 46 + name, directory.byteLength);
    yield {
      flags: directory.getUint16(at + 8, true),
      method: directory.getUint16(at + 10, true),
      packed: directory.getUint32(at + 20, true),
      size: directory.getUint32(at + 24, true),
      place: directory.getUint32(at + 42, true),
      name: new TextDecoder().decode(new Uint8Array(directory.buffer, directory.byteOffset + at + 46, end - at - 46)),
    };
    at += 46 + name + extra + remark;
  }
}

/** Return some bytes of a file as a view; what lies behind its end is zero. */
export async function bytesOf(file, from, length) {
  const there = new Uint8Array(await file.slice(from, from + length).arrayBuffer());
  if (there.length === length) return new DataView(there.buffer);
  const padded = new Uint8Array(length);
  padded.set(there);
  return new DataView(padded.buffer);
}
