/** The series of a study as pictures; a click shows one in the active viewport, and it can be dragged into another. */

import { byId, copyOf } from "../page/elements.js";
import { thumbnailAddress } from "./frame_address.js";
import { representativeOf, stackOf } from "./stack.js";

export class SeriesList {
  constructor(studyUid, series, onChoose) {
    this.cards = series.map((entry) => card(studyUid, entry, () => onChoose(entry)));
    byId("series-list").replaceChildren(...this.cards);
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

function card(studyUid, series, onChoose) {
  const element = copyOf("series-card");
  element.dataset.series = series.series_uid;
  const frame = representativeOf(series);
  const image = element.querySelector("img");
  if (frame) image.src = thumbnailAddress(studyUid, frame);
  else image.remove();
  image.addEventListener("error", () => image.remove());
  element.querySelector(".thumbnail-count").textContent = String(stackOf(series).length || "–");
  const words = [series.number ?? "", series.description || series.modality].filter((word) => word !== "").join(" · ");
  element.querySelector(".series-words").textContent = words;
  element.title = words;
  element.addEventListener("click", onChoose);
  element.draggable = true;
  element.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/plain", series.series_uid));
  return element;
}
