/** The words over an image: whose, which, how windowed, which way up. They describe the drawn picture only. */

import { patientInWords } from "../page/words.js";
import { roundLength } from "./geometry.js";
import { edgesOf } from "./orientation.js";

const SCALE_SHARE = 0.25;
const THINNEST = 0.05;
const PAIRED = { L: "L", R: "R", B: "L and R" };
const FIDELITY = { draft: "JPEG preview", browse: "JPEG preview", still: "" };

export function showCorners(viewport, patient) {
  const { root, series, drawn, facts } = viewport;
  root.classList.toggle("prior", Boolean(series?.prior));
  setLines(root, "patient", series?.prior ? ["PRIOR", series.prior] : [patient.pseudonym, patientInWords(patient)]);
  setLines(root, "series", series ? seriesLines(series, facts) : []);
  setLines(root, "image", drawn ? imageLines(viewport, facts) : []);
  setLines(root, "window", drawn?.bitmap ? windowLines(viewport, facts) : []);
  showEdges(root, drawn?.bitmap ? edgesOf(facts.orientation) : null);
  showScale(root, viewport, facts);
  const message = root.querySelector("[data-part=message]");
  message.textContent = messageOf(viewport);
  message.hidden = !message.textContent;
}

function seriesLines(series, facts) {
  const head = series.number === null || series.number === undefined ? "" : `Series ${series.number}`;
  return [[head, series.modality].filter(Boolean).join(" · "), series.description ?? "", `${PAIRED[facts.laterality] ?? ""} ${facts.viewPosition}`.trim()];
}

function imageLines({ drawn, frames }, facts) {
  const where = facts.position.length === 3 && facts.location !== undefined ? `Loc ${facts.location.toFixed(1)} mm` : "";
  const thick = facts.thickness >= THINNEST ? `Thk ${round(facts.thickness)} mm` : "";
  return [`${drawn.index + 1} / ${frames.length}`, [where, thick].filter(Boolean).join("  ")];
}

function windowLines(viewport, facts) {
  const { drawn, view, inverted } = viewport;
  const window = drawn.window ?? facts.windows[0];
  const words = facts.colour ? "Colour" : window ? `W ${round(window.width)}  C ${round(window.center)}` : "Window automatic";
  const source = facts.lossySource ? "lossy source" : "";
  return [words, [`${Math.round(view.zoom * 100)} %`, inverted && "inverted"].filter(Boolean).join("  "), [FIDELITY[drawn.request.fidelity], source].filter(Boolean).join(" · ")];
}

function messageOf({ series, frames, drawn }) {
  if (!series) return "No series";
  if (!frames.length) return "This series has no images to show.";
  return drawn?.problem ? `Image ${drawn.index + 1} cannot be shown: ${drawn.problem.message}` : "";
}

function setLines(root, part, lines) {
  const words = lines.filter(Boolean).join("\n");
  const corner = root.querySelector(`[data-part=${part}]`);
  if (corner.textContent !== words) corner.textContent = words;
}

function showEdges(root, edges) {
  for (const side of ["left", "right", "top", "bottom"]) {
    root.querySelector(`[data-edge=${side}]`).textContent = edges?.[side] ?? "";
  }
}

/** A scale bar needs a pixel spacing; one that was measured at the detector is said to be so. */
function showScale(root, viewport, facts) {
  const bar = root.querySelector("[data-part=scale]");
  const place = viewport.place;
  const spacing = facts.spacing[1];
  bar.hidden = !(place && spacing > 0);
  if (bar.hidden) return;
  const perMillimetre = place.width / (viewport.drawn.frame.columns * spacing);
  const length = roundLength((viewport.canvas.clientWidth * SCALE_SHARE) / perMillimetre);
  bar.hidden = length === null;
  if (bar.hidden) return;
  bar.style.width = `${length * perMillimetre}px`;
  bar.textContent = `${length} mm${facts.atDetector ? " at detector" : ""}`;
}

const round = (value) => String(Math.round(value * 10) / 10);
