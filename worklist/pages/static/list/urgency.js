/** How urgent a read is, from when it is due; the colour is only the second sign, the words are the first. */

import { spanInWords } from "../page/words.js";

const HOUR = 3600000;
const STEPS = [
  { below: 0, level: "overdue", words: (left) => `overdue ${spanInWords(left)}` },
  { below: 4 * HOUR, level: "pressing", words: (left) => `in ${spanInWords(left)}` },
  { below: 24 * HOUR, level: "soon", words: (left) => `in ${spanInWords(left)}` },
  { below: Infinity, level: "calm", words: (left) => `in ${spanInWords(left)}` },
];

export function urgencyOf(dueAt, now) {
  const left = new Date(dueAt) - now;
  const step = STEPS.find(({ below }) => left < below);
  return { level: step.level, words: step.words(left) };
}
