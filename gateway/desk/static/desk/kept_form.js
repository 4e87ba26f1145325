/**
 * What was written into a form and not saved, when the log-in ended or another form of its page was: kept in this tab
 * until the page is there again, and then put back.
 *
 * It goes with the tab, with the next log-out, and when it is put back. A file cannot be kept: it is chosen again.
 */

import { tell } from "../page/notice.js";
import { fieldOf, writtenIn } from "./case_form.js";

const PREFIX = "overread.desk.form";
const keyOf = (form) => `${PREFIX} ${location.pathname} ${form.dataset.keeps}`;
const PLACES = ["BUTTON", "FIELDSET"];
const ENDED = "before the log-in ended";
const BESIDE = "in this form before the page was loaded again";

function keep(form, fields, when) {
  const said = fields.map(({ name, type, checked, value }) => [name, type === "checkbox" ? checked : value]);
  const file = form.querySelector("input[type=file]")?.files.length > 0;
  sessionStorage.setItem(keyOf(form), JSON.stringify({ said, file, when }));
}

/** Keep what a form says that could not be sent, where it is one of those that are kept, and what the others say. */
export function keepForm(form) {
  keepOthers(form, ENDED);
  if (!form.dataset.keeps) return;
  const fields = [...form.elements].filter(({ name, type, tagName }) => name && type !== "file" && !PLACES.includes(tagName));
  keep(form, fields, ENDED);
}

/** Keep what was written into the other forms of the page than the one that was sent. */
export function keepOthers(sent, when = BESIDE) {
  for (const form of document.querySelectorAll("form[data-keeps]")) {
    const fields = form === sent ? [] : writtenIn(form);
    if (fields.length > 0) keep(form, fields, when);
  }
}

/** Forget what was kept of a form that was sent since. */
export function forgetForm(form) {
  if (form?.dataset.keeps) sessionStorage.removeItem(keyOf(form));
}

function putBack(form) {
  const kept = JSON.parse(sessionStorage.getItem(keyOf(form)) ?? "null");
  if (!kept) return;
  sessionStorage.removeItem(keyOf(form));
  for (const [name, value] of kept.said) {
    const field = fieldOf(form, name);
    if (field?.type === "checkbox") field.checked = value;
    else if (field) field.value = value;
  }
  form.closest("details")?.setAttribute("open", "");
  const file = kept.file ? "; choose the file anew" : "";
  tell(`What you wrote ${kept.when} stands here again${file}. It was not saved yet.`, "error");
}

/** Put back into the forms of this page what was kept of them, and forget what was of forms that it has no more. */
export function putBackForms() {
  document.querySelectorAll("form[data-keeps]").forEach(putBack);
  forget(`${PREFIX} ${location.pathname} `);
}

function forget(prefix) {
  for (const key of Object.keys(sessionStorage).filter((each) => each.startsWith(prefix))) sessionStorage.removeItem(key);
}

/** Forget whatever was kept: who logs out leaves nothing behind. */
export const forgetForms = () => forget(PREFIX);
