// Count studies, images and people in chosen files by reading their first bytes; nothing of that is sent.

import { readHead } from "./dicom_head.js";

const FIRST = 8 << 10;
const MORE = 512 << 10;
const AT_ONCE = 6;
const SAY_EVERY = 20;

/** Return counts of `files`, or of what has a `size` and gives its `head(length)`; `said(done)` hears how far it is, and `stopped()` ends it early with null. */
export async function countStudies(files, said, stopped) {
  const studies = new Set();
  const people = new Set();
  const instances = new Set();
  const counts = { images: 0, others: 0, disc: false, unreadable: 0 };
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < files.length && !stopped()) {
      const { file } = files[next];
      next += 1;
      take(await headOf(file, counts));
      done += 1;
      if (done % SAY_EVERY === 0) said(done);
    }
  };
  const take = (head) => {
    if (head.kind === "disc") counts.disc = true;
    if (head.kind !== "image") {
      counts.others += 1;
      return;
    }
    if (head.study) studies.add(head.study);
    if (head.patient) people.add(head.patient);
    if (head.instance && instances.has(head.instance)) return;
    if (head.instance) instances.add(head.instance);
    counts.images += 1;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return stopped() ? null : { ...counts, studies: studies.size, people: people.size };
}

async function headOf(file, counts) {
  try {
    const head = readHead(await bytesOf(file, FIRST));
    return head.cut && file.size > FIRST ? readHead(await bytesOf(file, MORE)) : head;
  } catch {
    counts.unreadable += 1;
    return { kind: "other" };
  }
}

async function bytesOf(file, length) {
  if (file.head) return file.head(length);
  return new Uint8Array(await file.slice(0, length).arrayBuffer());
}
