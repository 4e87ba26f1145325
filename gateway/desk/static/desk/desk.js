/**
 * Everything a coordinator decides is a form with `data-api`: its fields go to that address as JSON, and the page is
 * loaded again, or the one of `data-then`. `data-asks` is a question first, `data-values` are fields that nobody sees, `data-json="nested"` makes
 * `patient.ids.0.id` what it says, `data-shows="letter"` shows the answer beside the form instead.
 */

import { postJson } from "../page/api.js";
import { byId, isTyping } from "../page/elements.js";
import { tell, tellProblem } from "../page/notice.js";

const ROWS = "[data-row]";
const SAID = "overread.desk.said";

function flat(form) {
  const found = { ...JSON.parse(form.dataset.values ?? "{}") };
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") found[field.name] = field.checked;
    else found[field.name] = field.value;
  }
  return found;
}

/** Turn dotted names into our case JSON; what is empty is left out. */
export function nested(fields) {
  const whole = { patient: {} };
  for (const [name, value] of Object.entries(fields)) {
    if (value === "") continue;
    const steps = name.split(".");
    let place = whole;
    steps.forEach((step, at) => {
      if (at === steps.length - 1) place[step] = value;
      else place = place[step] ??= /^\d+$/.test(steps[at + 1]) ? [] : {};
    });
  }
  if (whole.patient.ids && !whole.patient.ids[0].id) delete whole.patient.ids;
  if (whole.report && !whole.report.text) delete whole.report;
  return whole;
}

function bodyOf(form) {
  const fields = flat(form);
  if (form.dataset.json === "nested") return nested(fields);
  if (form.dataset.shows) return fields.language ? fields : {};
  return fields;
}

async function send(form) {
  if (form.dataset.asks && !confirm(form.dataset.asks)) return;
  const buttons = [...document.querySelectorAll("form button:enabled")];
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await postJson(form.dataset.api, bodyOf(form));
    if (form.dataset.shows) {
      const shown = form.parentElement.querySelector(`.${form.dataset.shows}`);
      shown.hidden = false;
      shown.querySelector("textarea").value = answer.text;
      shown.querySelector("textarea").focus();
    } else {
      sessionStorage.setItem(SAID, "Done.");
      if (form.dataset.then) location.assign(form.dataset.then);
      else location.reload();
      return;
    }
  } catch (problem) {
    tellProblem(problem);
  }
  for (const button of buttons) button.disabled = false;
}

function moveBy(step) {
  const rows = [...document.querySelectorAll(ROWS)];
  const at = rows.indexOf(document.activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.focus();
}

/** Press the button of a key in the candidate that has the focus. */
function press(key) {
  document.activeElement?.closest(".candidate")?.querySelector(`[data-key=${key}]`)?.click();
}

const KEYS = {
  j: () => moveBy(1),
  k: () => moveBy(-1),
  l: () => press("l"),
  n: () => press("n"),
  r: () => location.reload(),
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.api) {
    event.preventDefault();
    send(form);
  } else if (form.dataset.goes) {
    event.preventDefault();
    location.assign(form.dataset.goes + form.elements.number.value.replace(/\D/g, ""));
  }
});
document.addEventListener("click", async (event) => {
  const source = event.target.closest("[data-copies]")?.dataset.copies;
  if (!source) return;
  byId(source).select();
  try {
    await navigator.clipboard.writeText(byId(source).value);
    tell("Copied.");
  } catch {
    tell("Press Ctrl+C to copy what is marked.");
  }
});
document.addEventListener("keydown", (event) => {
  if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

const said = sessionStorage.getItem(SAID);
sessionStorage.removeItem(SAID);
if (said) tell(said);
document.documentElement.dataset.ready = "yes";
