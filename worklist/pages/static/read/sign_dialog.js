/** Ask before signing: show the impression once more and what was left open. */

import { byId } from "../page/elements.js";

const OPEN_QUESTIONS = [
  ["agreement", "the agreement with the original report"],
  ["radpeer", "the RADPEER score"],
];

/** Return true when the reader confirms. */
export function confirmSigning(values, canCompare) {
  const left = canCompare ? OPEN_QUESTIONS.filter(([name]) => !values[name]).map(([, words]) => words) : [];
  byId("sign-warnings").hidden = left.length === 0;
  byId("sign-warnings").textContent = left.length ? `Left open: ${left.join(" and ")}.` : "";
  byId("sign-impression").textContent = values.impression;
  return confirmed(byId("sign-dialog"), "sign");
}

export const confirmRelease = () => confirmed(byId("release-dialog"), "release");

function confirmed(dialog, word) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === word), { once: true });
  });
}
