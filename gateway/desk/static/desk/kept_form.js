/**
 * What was written into a form when the log-in ended: kept in this tab until it is logged in again, and then put back.
 *
 * It goes with the tab, with the next log-out, and when it is put back. A file cannot be kept: it is chosen again.
 */

import { tell } from "../page/notice.js";
import { fieldOf } from "./case_form.js";

const PREFIX = "overread.desk.form";
const keyOf = (form) => `${PREFIX} ${location.pathname} ${form.dataset.keeps}`;
const PLACES = ["BUTTON", "FIELDSET"];

/** Keep what a form says, where it is one of those that are kept. */
export function keepForm(form) {
  if (!form.dataset.keeps) return;
  const fields = [...form.elements].filter(({ name, type, tagName }) => name && type !== "file" && !PLACES.includes(tagName));
  const said = fields.map(({ name, type, checked, value }) => [name, type === "checkbox" ? checked : value]);
  sessionStorage.setItem(keyOf(form), JSON.stringify(said));
}

function putBack(form) {
  const said = JSON.parse(sessionStorage.getItem(keyOf(form)) ?? "null");
  if (!said) return;
  sessionStorage.removeItem(keyOf(form));
  for (const [name, value] of said) {
    const field = fieldOf(form, name);
    if (field?.type === "checkbox") field.checked = value;
    else if (field) field.value = value;
  }
  form.closest("details")?.setAttribute("open", "");
  const file = form.querySelector("input[type=file]") ? "; choose a file anew" : "";
  tell(`What you wrote before the log-in ended stands here again${file}. It was not saved yet.`, "error");
}

/** Put back into the forms of this page what was kept of them. */
export const putBackForms = () => document.querySelectorAll("form[data-keeps]").forEach(putBack);

/** Forget whatever was kept: who logs out leaves nothing behind. */
export function forgetForms() {
  for (const key of Object.keys(sessionStorage).filter((each) => each.startsWith(PREFIX))) sessionStorage.removeItem(key);
}
