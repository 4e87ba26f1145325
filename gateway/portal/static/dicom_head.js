// What a DICOM file says of its study, from its first bytes (PS3.10 section 7, PS3.5 section 7.1). Little endian only,
// which nearly every disc has; with or without the preamble. A name is never kept: patients are told apart, not named.

const EXPLICIT = "1.2.840.10008.1.2.1";
const IMPLICIT = "1.2.840.10008.1.2";
const BIG_ENDIAN = "1.2.840.10008.1.2.2";
const DEFLATED = "1.2.840.10008.1.2.1.99";
const DIRECTORY = "1.2.840.10008.1.3.10";
const LONG_VRS = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);
const UNDEFINED = 0xffffffff;
const WANTED = new Map([[0x00080016, "sopClass"], [0x00080018, "instance"], [0x00100010, "name"], [0x00100020, "patient"],
  [0x0020000d, "study"]]);
const LAST = 0x0020000d;

/** Return `{kind: "image"|"disc"|"other", study, instance, patient}`; `cut` says that more bytes may tell more. */
export function readHead(bytes) {
  const reader = new Reader(bytes);
  const meta = bytes.length > 132 && reader.text(128, 4) === "DICM";
  if (meta) {
    const { syntax, mediaClass, end } = readMeta(reader);
    if (mediaClass === DIRECTORY) return { kind: "disc" };
    if (syntax === BIG_ENDIAN || syntax === DEFLATED) return { kind: "image" };
    return asImage(reader.walk(end, syntax !== IMPLICIT), true);
  }
  const group = bytes.length > 16 ? reader.view.getUint16(0, true) : 0;
  if (group !== 8 && group !== 2) return { kind: "other" };
  return asImage(reader.walk(0, /^[A-Z]{2}$/.test(reader.text(4, 2))), false);
}

function asImage({ found, cut }, certain) {
  if (!found.study && !certain && !cut) return { kind: "other" };
  const patient = found.patient || found.name ? `${found.patient ?? ""}|${found.name ?? ""}` : undefined;
  return { kind: found.study || certain ? "image" : "other", study: found.study, instance: found.instance, patient, cut };
}

function readMeta(reader) {
  let place = 132;
  let syntax = EXPLICIT;
  let mediaClass = "";
  while (place + 8 <= reader.bytes.length && reader.view.getUint16(place, true) === 2) {
    const element = reader.element(place, true);
    if (!element || element.length === UNDEFINED) break;
    if (element.tag === 0x00020010) syntax = reader.value(element);
    if (element.tag === 0x00020002) mediaClass = reader.value(element);
    place = element.start + element.length;
  }
  return { syntax, mediaClass, end: place };
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  text(start, length) {
    return String.fromCharCode(...this.bytes.subarray(start, start + length));
  }

  value({ start, length }) {
    return this.text(start, Math.min(length, 256)).replace(/[\0 ]+$/, "");
  }

  element(place, explicit) {
    if (place + 8 > this.bytes.length) return null;
    const tag = this.view.getUint16(place, true) * 0x10000 + this.view.getUint16(place + 2, true);
    if (!explicit || tag >= 0xfffe0000) return { tag, start: place + 8, length: this.view.getUint32(place + 4, true) };
    const vr = this.text(place + 4, 2);
    if (!LONG_VRS.has(vr)) return { tag, start: place + 8, length: this.view.getUint16(place + 6, true) };
    if (place + 12 > this.bytes.length) return null;
    return { tag, start: place + 12, length: this.view.getUint32(place + 8, true) };
  }

  /** Return what is wanted of the elements at the top; those in sequences are passed over. */
  walk(from, explicit) {
    const found = {};
    let place = from;
    let depth = 0;
    for (;;) {
      const element = this.element(place, explicit);
      if (!element) return { found, cut: true };
      const { tag, start, length } = element;
      if (tag === 0xfffee0dd) depth = Math.max(depth - 1, 0);
      const inside = length === UNDEFINED || tag === 0xfffee000;
      if (length === UNDEFINED && tag !== 0xfffee000) depth += 1;
      if (depth === 0 && tag > LAST && tag < 0xfffe0000) return { found, cut: false };
      if (depth === 0 && WANTED.has(tag)) {
        if (start + length > this.bytes.length) return { found, cut: true };
        found[WANTED.get(tag)] = this.value(element);
      }
      place = inside || tag >= 0xfffe0000 ? start : start + length;
    }
  }
}
