/** The rows of the worklist. A row that is still there after a refresh stays the same element, so the place is kept. */

import { copyOf } from "../page/elements.js";
import { ageInWords, capitalised, caseInWords, instantInWords } from "../page/words.js";
import { urgencyOf } from "./urgency.js";

const CELLS = {
  modality: (item) => item.modality,
  pseudonym: (item) => item.patient.pseudonym,
  person: (item) => [item.patient.sex, ageInWords(item.patient.age)].filter(Boolean).join(" · ") || "–",
  part: (item) => capitalised(item.body_part),
  site: (item) => item.site_name,
  received: (item) => instantInWords(item.received_at),
  limited: (item) => (item.limited ? "limits" : ""),
  case: (item) => caseInWords(item.case_number) || "–",
};

export function showRows(body, items, now) {
  const present = new Map([...body.rows].map((row) => [row.dataset.id, row]));
  const rows = items.map((item) => fill(present.get(item.id) ?? newRow(item), item, now));
  for (const [id, row] of present) if (!items.some((item) => item.id === id)) row.remove();
  rows.forEach((row, index) => {
    if (body.rows[index] !== row) body.insertBefore(row, body.rows[index] ?? null);
  });
}

function newRow(item) {
  const row = copyOf("worklist-row");
  row.dataset.id = item.id;
  const link = row.querySelector("a");
  link.href = `/worklist/${encodeURIComponent(item.id)}`;
  row.addEventListener("click", (event) => {
    if (event.target.closest("a") || getSelection().toString()) return;
    link.focus();
    link.click();
  });
  return row;
}

function fill(row, item, now) {
  for (const [name, words] of Object.entries(CELLS)) setText(row, name, words(item));
  setText(row, "description", item.description || capitalised(item.body_part) || "Study without description");
  const due = row.querySelector("[data-cell=due]");
  if (item.state === "signed") {
    due.dataset.urgency = "done";
    setText(row, "due", `by ${item.reader}`);
  } else {
    const { level, words } = urgencyOf(item.due_at, now);
    due.dataset.urgency = level;
    setText(row, "due", words);
  }
  due.title = `Due ${instantInWords(item.due_at)}`;
  return row;
}

function setText(row, name, words) {
  const cell = row.querySelector(`[data-cell=${name}]`);
  if (cell.textContent !== words) cell.textContent = words;
}
