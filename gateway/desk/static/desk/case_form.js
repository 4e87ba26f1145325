/**
 * The coordinator's form of a case: fields to our case JSON, rows that can be had more than once, and a report's file.
 *
 * Names say where a value goes: `patient.ids.0.id`. A field with `data-lines` is a list, one entry a line; what is empty
 * is left out, and so is the issuer of a number that is not there, unless somebody typed it.
 */

import { postJson } from "../page/api.js";
import { tell, tellProblem } from "../page/notice.js";

const MOST_BYTES = 16 * 1024 * 1024;
const MOST_ROWS = 50;

function valueOf(field) {
  if (field.type === "checkbox") return field.checked;
  if (field.type === "number") return field.value === "" ? "" : Number(field.value);
  if ("lines" in field.dataset) return field.value.split("\n").map((line) => line.trim()).filter(Boolean);
  return field.value.trim() === "" ? "" : field.value;
}

function isOfNoNumber(form, { name, value, defaultValue }) {
  const number = name.endsWith(".issuer") && form.elements[name.replace(/issuer$/, "id")];
  return number && number.value.trim() === "" && value === defaultValue;
}

/** Tell whether a field that nobody sees stands in a row in which nothing is written any more. */
function isOfEmptyRow({ type, parentElement }) {
  if (type !== "hidden" || !parentElement.dataset.repeat) return false;
  return [...parentElement.querySelectorAll("[name]:not([type=hidden])")].every(({ value }) => value.trim() === "");
}

function put(whole, name, value) {
  const steps = name.split(".");
  let place = whole;
  steps.forEach((step, at) => {
    if (at === steps.length - 1) place[step] = value;
    else place = place[step] ??= /^\d+$/.test(steps[at + 1]) ? [] : {};
  });
}

/** Return an object without holes in its lists. */
function dense(value) {
  if (Array.isArray(value)) return value.filter((each) => each !== undefined).map(dense);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, dense(each)]));
}

function isChanged(field) {
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (!field.options) return field.value !== field.defaultValue;
  return field.value !== ([...field.options].find((each) => each.defaultSelected) ?? field.options[0]).value;
}

const groupOf = ({ name }) => name.split(".")[0];

/** Return the fields of the groups in which somebody wrote; a file is none of them. */
export function writtenIn(form) {
  const named = [...form.elements].filter(({ name, type, tagName }) => name && type !== "file" && tagName !== "FIELDSET");
  const groups = new Set(named.filter(isChanged).map(groupOf));
  return named.filter((each) => groups.has(groupOf(each)));
}

/**
 * Return what a form says as our case JSON; with `changes` only the groups of fields in which somebody wrote. A report
 * without words is one only `beside` a file, which may have them.
 */
export function caseOf(form, { changes = false, beside = null } = {}) {
  const named = [...form.elements].filter(({ name, type }) => name && type !== "file");
  const fields = named.filter((each) => !isOfNoNumber(form, each) && !isOfEmptyRow(each));
  const written = new Set(fields.filter((each) => !changes || isChanged(each)).map(groupOf));
  const whole = { patient: {} };
  for (const field of fields.filter((each) => written.has(groupOf(each)))) {
    const value = valueOf(field);
    if (value !== "" && value.length !== 0) put(whole, field.name, value);
  }
  const { accessions, site: _, ...said } = dense(whole);
  if (accessions) {
    said.accession_numbers = accessions.map(({ id }) => id ?? "");
    said.accession_issuers = accessions.filter(({ issuer }) => issuer);
  }
  if (said.report && !said.report.text && !beside) delete said.report;
  return said;
}

/** Return the file of a form as the node takes it, or null where none is chosen. */
export async function fileOf(form) {
  const file = form.querySelector("input[type=file]")?.files[0];
  if (!file) return null;
  if (file.size > MOST_BYTES) throw new Error("The file is too large: a report has 16 MiB at most.");
  const address = await new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => failed(new Error("The file cannot be read from this computer: choose it again."));
    reader.readAsDataURL(file);
  });
  return { name: file.name, base64: address.slice(address.indexOf(",") + 1) };
}

/** Add an empty row behind the last one of its kind, and return it; null where there are enough. */
export function addRow(form, what) {
  const rows = form.querySelectorAll(`[data-repeat="${what}"]`);
  const last = rows[rows.length - 1];
  if (!last || rows.length >= MOST_ROWS) return null;
  const row = last.cloneNode(true);
  for (const field of row.querySelectorAll("[name]")) {
    field.name = field.name.replace(`${what}.${rows.length - 1}.`, `${what}.${rows.length}.`);
    field.removeAttribute("value");
    field.querySelectorAll("[selected]").forEach((each) => each.removeAttribute("selected"));
    field.value = "";
  }
  last.after(row);
  return row;
}

/** Return a field by its name, after adding the rows that it takes; null where no row has such a field. */
export function fieldOf(form, name) {
  const [, what, key] = name.match(/^(.+)\.\d+\.([a-z_]+)$/) ?? [];
  if (what && !form.elements[`${what}.0.${key}`]) return null;
  while (what && !form.elements[name] && addRow(form, what));
  return form.elements[name] ?? null;
}

function asFields(said) {
  const { accession_numbers: numbers = [], accession_issuers: issuers = [], ...rest } = said;
  const accessions = numbers.map((id) => ({ id, issuer: issuers.find((each) => each.id === id)?.issuer ?? "" }));
  return { ...rest, accessions };
}

function* leaves(value, name) {
  if (value === null || typeof value !== "object") yield [name, String(value)];
  else if (Array.isArray(value) && value.every((each) => typeof each === "string")) yield [name, value.join("\n")];
  else for (const [key, each] of Object.entries(value)) yield* leaves(each, name ? `${name}.${key}` : key);
}

/** Write what a report says into the fields that are empty. */
function fill(form, said) {
  for (const [name, value] of leaves(asFields(said), "")) {
    const field = fieldOf(form, name);
    if (!field || field.type === "hidden" || field.type === "checkbox" || field.value !== "") continue;
    field.value = field.type === "date" ? value.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3") : value;
  }
}

async function readInto(form, address) {
  try {
    const file = await fileOf(form);
    if (!file) return;
    tell("The report is being read …");
    const before = form.elements["report.text"].value.trim();
    fill(form, await postJson(address, { file }));
    tell(before ? "Text stands there already: the file is kept beside it." : "Compare what was read with the report.");
  } catch (problem) {
    tellProblem(problem);
  }
}

document.addEventListener("change", ({ target }) => {
  if (target.dataset?.reads) readInto(target.form, target.dataset.reads);
});
document.addEventListener("click", ({ target }) => {
  const what = target.dataset?.adds;
  if (what) addRow(target.form, what)?.querySelector("[name]").focus();
});
