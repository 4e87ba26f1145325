/** What the hospital asked and reported, where the reader may see it. */

import { byId, make } from "../page/elements.js";

function priorInWords(prior) {
  const name = prior.description || [prior.modality, prior.body_part].filter(Boolean).join(" ");
  const day = (prior.study_date ?? "").replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3");
  return [day, name].filter(Boolean).join(" · ");
}

export function showCase(detail) {
  byId("limits").replaceChildren(...detail.limits.map((words) => make("li", {}, words)));
  byId("limits-box").hidden = detail.limits.length === 0;
  byId("priors").replaceChildren(...detail.priors.map((prior) => make("li", {}, priorInWords(prior))));
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
