/** The study page: loads the item once, then hands its parts to the viewer and to the read panel. */

import { getJson } from "./page/api.js";
import { byId } from "./page/elements.js";
import { capitalised, caseInWords, instantInWords, patientInWords } from "./page/words.js";
import { ReadPanel } from "./read/read_panel.js";
import { Viewer } from "./viewer/viewer.js";

const STATE_WORDS = { open: "Open", claimed: "Yours", signed: "Signed", cancelled: "Cancelled" };

async function start() {
  const itemId = byId("main").dataset.item;
  const detail = await getJson(`/api/worklist/${encodeURIComponent(itemId)}`);
  showHead(detail);
  offerOhif([detail, ...detail.priors].map((each) => each.study_uid));
  const viewer = new Viewer(detail);
  const who = document.querySelector("[data-reader]");
  const reader = { id: who.dataset.reader, name: who.textContent };
  const panel = new ReadPanel({ itemId, reader, viewer, onItem: showHead });
  viewer.connect(panel);
  panel.show(detail);
  viewer.refresh();
}

function showHead(detail) {
  const name = detail.description || [detail.modality, capitalised(detail.body_part)].filter(Boolean).join(" ");
  byId("study-name").textContent = name;
  document.title = `${name} · ${detail.patient.pseudonym}`;
  const facts = [
    detail.patient.pseudonym,
    patientInWords(detail.patient),
    detail.site_name,
    detail.case_number && `case ${caseInWords(detail.case_number)}`,
    detail.state !== "signed" && `due ${instantInWords(detail.due_at)}`,
  ];
  byId("study-facts").textContent = facts.filter(Boolean).join("  ·  ");
  byId("item-state").textContent = STATE_WORDS[detail.state];
  byId("item-state").dataset.state = detail.state;
}

function offerOhif(studyUids) {
  const link = document.getElementById("open-ohif");
  if (!link) return;
  link.href = `/ohif/viewer?StudyInstanceUIDs=${studyUids.map(encodeURIComponent).join(",")}`;
  link.hidden = false;
}

start().catch((problem) => {
  byId("study-name").textContent = "Study";
  byId("main").hidden = true;
  byId("trouble").hidden = false;
  byId("trouble-words").textContent = problem.message;
});
