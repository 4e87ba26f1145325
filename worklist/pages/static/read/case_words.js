/** What the hospital asked and reported, where the reader may see it. */

import { byId, make } from "../page/elements.js";
import { priorInWords } from "../viewer/studies.js";

function priorEntry(prior, onPrior) {
  const words = priorInWords(prior);
  const button = make("button", { type: "button", class: "plain", "aria-label": `Show prior ${words}`, onclick: onPrior }, "Show");
  return make("li", { class: "prior-entry" }, words, button);
}

export function showCase(detail, onPrior) {
  byId("limits").replaceChildren(...detail.limits.map((words) => make("li", {}, words)));
  byId("limits-box").hidden = detail.limits.length === 0;
  byId("priors").replaceChildren(...detail.priors.map((prior) => priorEntry(prior, () => onPrior(prior))));
  byId("priors-box").hidden = detail.priors.length === 0;
  byId("question").textContent = detail.question || "No question was sent with this study.";
  byId("question").classList.toggle("muted", !detail.question);
  const box = byId("report-box");
  box.hidden = !detail.report;
  byId("report").textContent = detail.report ?? "";
  byId("report").lang = detail.report_language ?? "";
  byId("report-language").textContent = detail.report_language ?? "";
  byId("report-language").hidden = !detail.report_language;
  byId("blind").hidden = !(detail.blind && !detail.report);
}
