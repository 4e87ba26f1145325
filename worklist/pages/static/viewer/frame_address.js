/**
 * Where a rendered frame is found (PS3.18 10.4.1.3, Retrieve Rendered), and how sharp it is asked for.
 *
 * While something moves, JPEG is asked for; once the reader looks, the same frame comes as PNG, in which no grey level
 * of the 8 bits is lost. A frame much larger than its place on the screen is asked for at the size of the place.
 */

const JPEG_QUALITY = { draft: 75, browse: 90 };
const SIZE_STEP = 256;

export const studyAddress = (studyUid) => `/dicom-web/studies/${encodeURIComponent(studyUid)}`;
export const seriesAddress = (studyUid, seriesUid) => `${studyAddress(studyUid)}/series/${encodeURIComponent(seriesUid)}`;
export const instanceAddress = (studyUid, seriesUid, sopInstanceUid) =>
  `${seriesAddress(studyUid, seriesUid)}/instances/${encodeURIComponent(sopInstanceUid)}`;

export function thumbnailAddress(frame, side = 128) {
  return `${instanceAddress(frame.studyUid, frame.seriesUid, frame.sopInstanceUid)}/frames/${frame.number}/thumbnail?viewport=${side},${side}`;
}

/** Return the request of one frame: its address, the accepted media type, and a key that tells requests apart. */
export function frameRequest(frame, { window, place, fidelity }) {
  const query = [];
  if (window) query.push(`window=${rounded(window.center)},${rounded(window.width)},linear`);
  const size = sizeFor(frame, place);
  if (size) query.push(`viewport=${size},${size}`);
  const lossless = fidelity === "still";
  if (!lossless) query.push(`quality=${JPEG_QUALITY[fidelity]}`);
  const base = `${instanceAddress(frame.studyUid, frame.seriesUid, frame.sopInstanceUid)}/frames/${frame.number}/rendered`;
  const url = query.length ? `${base}?${query.join("&")}` : base;
  const accept = lossless ? "image/png" : "image/jpeg";
  return { url, accept, key: `${accept} ${url}`, fidelity };
}

/** The side of the square to scale into, or null when the frame is worth having whole. */
function sizeFor(frame, place) {
  const longest = Math.max(frame.rows, frame.columns);
  const wanted = Math.ceil(place / SIZE_STEP) * SIZE_STEP;
  return wanted * 1.5 < longest ? wanted : null;
}

const rounded = (value) => String(Math.round(value * 100) / 100);
