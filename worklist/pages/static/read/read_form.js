/** The form of a read: shows a draft's values and reports every change. Yes and no may also be unanswered. */

const TEXTS = ["findings", "impression", "recommendation"];
const CHOICES = {
  agreement: { toValue: (word) => word, toWord: (value) => value },
  diagnosis_changed: { toValue: (word) => word === "yes", toWord: wordOf },
  treatment_changed: { toValue: (word) => word === "yes", toWord: wordOf },
};

export class ReadForm {
  constructor(form, onChange) {
    this.form = form;
    this.onChange = onChange;
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const name of TEXTS) {
      this.#field(name).addEventListener("input", (event) => onChange(name, event.target.value));
    }
    this.#field("radpeer").addEventListener("change", (event) => onChange("radpeer", event.target.value || null));
    for (const name of Object.keys(CHOICES)) this.#listenToChoice(name);
  }

  show(values) {
    for (const name of TEXTS) this.#field(name).value = values[name];
    this.#field("radpeer").value = values.radpeer ?? "";
    for (const [name, { toWord }] of Object.entries(CHOICES)) {
      const word = toWord(values[name]);
      for (const radio of this.#radios(name)) radio.checked = radio.value === word;
    }
  }

  /** An agreement can be given only by who has seen the original report. */
  compare(isPossible) {
    for (const element of this.form.querySelectorAll("[data-compares]")) element.hidden = !isPossible;
  }

  /** Allow "everything", "copying" (text can be selected, nothing changed), or "nothing". */
  allow(what) {
    this.form.querySelector("fieldset").disabled = what === "nothing";
    for (const element of this.form.elements) {
      if (TEXTS.includes(element.name)) element.readOnly = what !== "everything";
      else if (element.type !== "fieldset") element.disabled = what !== "everything";
    }
  }

  /** A click on the chosen answer takes it back. */
  #listenToChoice(name) {
    const { toValue } = CHOICES[name];
    for (const radio of this.#radios(name)) {
      let was = false;
      radio.addEventListener("pointerdown", () => (was = radio.checked));
      radio.closest("label").addEventListener("pointerdown", () => (was = radio.checked));
      radio.addEventListener("click", () => {
        if (was) radio.checked = false;
        was = false;
        this.onChange(name, radio.checked ? toValue(radio.value) : null);
      });
    }
  }

  #field(name) {
    return this.form.elements.namedItem(name);
  }

  #radios(name) {
    return this.form.querySelectorAll(`input[name=${name}]`);
  }
}

function wordOf(value) {
  if (value === null || value === undefined) return null;
  return value ? "yes" : "no";
}
