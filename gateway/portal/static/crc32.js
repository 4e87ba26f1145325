// CRC-32 as zip wants it (APPNOTE 4.4.7: polynomial 0xEDB88320), eight bytes a turn.

const TABLES = Array.from({ length: 8 }, () => new Uint32Array(256));
for (let index = 0; index < 256; index += 1) {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  TABLES[0][index] = value;
}
for (let index = 0; index < 256; index += 1) {
  for (let table = 1; table < 8; table += 1) {
    const before = TABLES[table - 1][index];
    TABLES[table][index] = TABLES[0][before & 255] ^ (before >>> 8);
  }
}

/** Return the CRC of `bytes` behind what had the CRC `before`. */
export function crc32(bytes, before = 0) {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  let crc = ~before;
  let place = 0;
  for (const end = bytes.length - 7; place < end; place += 8) {
    crc ^= bytes[place] | (bytes[place + 1] << 8) | (bytes[place + 2] << 16) | (bytes[place + 3] << 24);
    crc = t7[crc & 255] ^ t6[(crc >>> 8) & 255] ^ t5[(crc >>> 16) & 255] ^ t4[crc >>> 24]
      ^ t3[bytes[place + 4]] ^ t2[bytes[place + 5]] ^ t1[bytes[place + 6]] ^ t0[bytes[place + 7]];
  }
  for (; place < bytes.length; place += 1) crc = (crc >>> 8) ^ t0[(crc ^ bytes[place]) & 255];
  return ~crc >>> 0;
}
