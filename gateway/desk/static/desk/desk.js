/**
 * Everything a coordinator decides is a form with `data-api`: its fields go to that address as JSON, and the page is
 * loaded again, or the one of `data-then`, or that of the case that was made (`data-leads`). `data-asks` is a question
 * first, `data-values` are fields that nobody sees, `data-query` names the field that goes into the address,
 * `data-json` makes our case JSON of it, of all that it says or of "changes" (case_form.js), `data-shows="letter"`
 * shows the answer beside the form instead, and `data-keeps` keeps what it says when the log-in has ended, or another form
 * of the page was sent.
 */

import { postJson } from "../page/api.js";
import { byId, isTyping } from "../page/elements.js";
import { tell, tellProblem } from "../page/notice.js";
import { caseOf, fileOf } from "./case_form.js";
import { forgetForm, forgetForms, keepForm, keepOthers, putBackForms } from "./kept_form.js";

const ROWS = "[data-row]";
const SAID = "overread.desk.said";
const NO_LOG_IN = [401, 403]; // it has ended, or another one was opened in this browser

function flat(form) {
  const found = { ...JSON.parse(form.dataset.values ?? "{}") };
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") found[field.name] = field.checked;
    else found[field.name] = field.value;
  }
  return found;
}

async function bodyOf(form) {
  const { json } = form.dataset;
  if (json) {
    const file = await fileOf(form);
    return { case: caseOf(form, { changes: json === "changes", beside: file }), file };
  }
  const fields = flat(form);
  if (form.dataset.shows) return fields.language ? fields : {};
  return fields;
}

/** Return where a form goes: with the value of one of its fields as the query, where it says which. */
function addressOf({ dataset, elements }) {
  const { api, query } = dataset;
  return query ? `${api}?${query}=${encodeURIComponent(elements[query].value)}` : api;
}

async function send(form) {
  if (form.dataset.asks && !confirm(form.dataset.asks)) return;
  const buttons = [...document.querySelectorAll("form button:enabled")];
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await postJson(addressOf(form), await bodyOf(form));
    if (form.dataset.shows) {
      const shown = form.parentElement.querySelector(`.${form.dataset.shows}`);
      shown.hidden = false;
      shown.querySelector("textarea").value = answer.text;
      shown.querySelector("textarea").focus();
    } else {
      sessionStorage.setItem(SAID, "Done.");
      if (form.dataset.leads) location.assign(form.dataset.leads + answer.case_number);
      else if (form.dataset.then) location.assign(form.dataset.then);
      else loadAgain(form);
      return;
    }
  } catch (problem) {
    if (NO_LOG_IN.includes(problem.status)) keepForm(form);
    tellProblem(problem);
  }
  for (const button of buttons) button.disabled = false;
}

/** Load the page again without losing what was written into another form than the one that was sent. */
function loadAgain(sent = null) {
  forgetForm(sent);
  keepOthers(sent);
  location.reload();
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
  r: () => loadAgain(),
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.api) {
    event.preventDefault();
    send(form);
  } else if (form.dataset.goes) {
    event.preventDefault();
    location.assign(form.dataset.goes + form.elements.number.value.replace(/\D/g, ""));
  } else forgetForms();
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
putBackForms();
document.documentElement.dataset.ready = "yes";
