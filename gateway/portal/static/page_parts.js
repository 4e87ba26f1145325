// The parts of the page: words, numbers in the visitor's language, and which step is shown.

const read = (id) => JSON.parse(document.getElementById(id).textContent);

export const facts = read("page");
const catalogue = read("words");
/** What shows who asks: in a frame a token that only this page has, in a window the token beside its cookie. */
export const proof = facts.bearer ? { Authorization: `Bearer ${facts.bearer}` } : { "X-CSRF-Token": facts.csrf };
const language = document.documentElement.lang;

export const part = (id) => document.getElementById(id);

/** Return the words of a key with its values in their places. */
export function words(key, values = {}) {
  return catalogue[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

export const number = (value) => new Intl.NumberFormat(language).format(value);
export const time = (text) => new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" }).format(new Date(text));

/** Return a number of bytes as people say it. */
export function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 3);
  const options = { style: "unit", unit: units[step], unitDisplay: step ? "short" : "long", maximumFractionDigits: step > 1 ? 1 : 0 };
  return new Intl.NumberFormat(language, options).format(bytes / 1000 ** step);
}

/** Show one step, say so in the list of steps, and put the focus on its heading. */
export function showStep(name) {
  for (const item of part("steps").children) {
    const here = item.dataset.step === name;
    part(item.dataset.step).hidden = !here;
    if (here) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
  const items = [...part("steps").children];
  const now = items.findIndex((item) => item.dataset.step === name);
  items.forEach((item, index) => item.classList.toggle("past", index < now));
  part(`${name}-title`).focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

/** Show what is wrong above the step, or nothing. */
export function showTrouble(text) {
  part("trouble").textContent = text ?? "";
  part("trouble").hidden = !text;
}
