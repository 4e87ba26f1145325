/**
 * The series as pictures, those of priors below a line that says so; a click shows one in the active viewport, and it
 * can be dragged into another.
 */

import { byId, copyOf, make } from "../page/elements.js";
import { thumbnailAddress } from "./frame_address.js";
import { representativeOf, stackOf } from "./stack.js";

export class SeriesList {
  constructor(series, onChoose) {
    this.cards = series.map((entry) => card(entry, () => onChoose(entry)));
    const heads = series.map((entry, at) => entry.prior && entry.study_uid !== series[at - 1]?.study_uid && head(entry));
    byId("series-list").replaceChildren(...this.cards.flatMap((element, at) => (heads[at] ? [heads[at], element] : [element])));
  }

  /** Mark the series on the screen, and the one of the active viewport among them. */
  mark(shownUids, activeUid) {
    for (const element of this.cards) {
      const uid = element.dataset.series;
      element.classList.toggle("shown", shownUids.includes(uid));
      if (uid === activeUid) element.setAttribute("aria-current", "true");
      else element.removeAttribute("aria-current");
    }
  }
}

function head(series) {
  return make("p", { class: "series-head" }, make("strong", {}, "Prior"), ` ${series.prior}`);
}

function card(series, onChoose) {
  const element = copyOf("series-card");
  element.dataset.series = series.series_uid;
  const frame = representativeOf(series);
  const image = element.querySelector("img");
  if (frame) image.src = thumbnailAddress(frame);
  else image.remove();
  image.addEventListener("error", () => image.remove());
  element.querySelector(".thumbnail-count").textContent = String(stackOf(series).length || "–");
  const words = [series.number ?? "", series.description || series.modality].filter((word) => word !== "").join(" · ");
  element.querySelector(".series-words").textContent = words;
  element.title = series.prior ? `Prior, ${series.prior}: ${words}` : words;
  element.addEventListener("click", onChoose);
  element.draggable = true;
  element.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/plain", series.series_uid));
  return element;
}
