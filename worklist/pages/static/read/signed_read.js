/** A signed read: to look at, to download, and to add to by the reader who signed it. */

import { getJson, postJson } from "../page/api.js";
import { byId, make } from "../page/elements.js";
import { tell, tellProblem } from "../page/notice.js";
import { instantInWords } from "../page/words.js";
import { showKeyImages } from "./key_images.js";

const YES_NO = (value) => (value === null || value === undefined ? "" : value ? "Yes" : "No");
const AGREEMENTS = { agree: "Agree", minor: "Minor difference", major: "Major difference" };
const LINES = [
  ["Findings", (read) => read.findings],
  ["Impression", (read) => read.impression],
  ["Recommendation", (read) => read.recommendation],
  ["With the original report", (read) => AGREEMENTS[read.agreement] ?? ""],
  ["RADPEER score", (read) => radpeerInWords(read.radpeer)],
  ["Diagnosis changed", (read) => YES_NO(read.diagnosis_changed)],
  ["Treatment changed", (read) => YES_NO(read.treatment_changed)],
];

export class SignedRead {
  constructor(readerName, viewer) {
    this.readerName = readerName;
    this.viewer = viewer;
    byId("addendum-form").addEventListener("submit", (event) => this.#add(event));
  }

  show(read) {
    this.path = `/api/reads/${encodeURIComponent(read.id)}`;
    byId("signed-by").textContent = `${read.reader}, ${instantInWords(read.signed_at)}`;
    byId("signed-values").replaceChildren(...LINES.flatMap(([name, words]) => line(name, words(read))));
    showKeyImages(byId("signed-key-images"), read.key_images, {
      locate: (image) => this.viewer.locate(image),
      onOpen: (image) => this.viewer.open(image),
    });
    byId("pdf").href = `${this.path}/report.pdf`;
    byId("sr").href = `${this.path}/report.dcm`;
    this.#showAddenda(read.addenda);
    byId("addendum-form").hidden = read.reader !== this.readerName;
  }

  #showAddenda(addenda) {
    byId("addenda-head").hidden = addenda.length === 0;
    byId("addenda").replaceChildren(
      ...addenda.map((addendum) =>
        make("li", {}, make("p", { class: "muted" }, instantInWords(addendum.signed_at)), make("p", { class: "prose" }, addendum.text)),
      ),
    );
  }

  async #add(event) {
    event.preventDefault();
    const text = byId("addendum").value.trim();
    if (!text) return;
    const button = event.submitter ?? event.target.querySelector("button");
    button.disabled = true;
    try {
      await postJson(`${this.path}/addenda`, { text });
      byId("addendum").value = "";
      tell("The addendum is signed.");
      this.show(await getJson(this.path));
    } catch (problem) {
      tellProblem(problem);
    } finally {
      button.disabled = false;
    }
  }
}

/** The form's own words for a score, so that both always say the same. */
function radpeerInWords(score) {
  return score ? byId("radpeer").querySelector(`option[value="${score}"]`).textContent : "";
}

function line(name, words) {
  return words ? [make("dt", {}, name), make("dd", { class: "prose" }, words)] : [];
}
