/** What the header says about one frame, as far as the screen shows it. Lengths are in millimetres. */

import { holderOf, numbersOf, PER_FRAME_GROUPS, SHARED_GROUPS, textOf, valuesOf } from "./dicom_json.js";

const TAG = {
  frameTime: "00181063",
  cineRate: "00180040",
  displayRate: "00082144",
  sliceThickness: "00180050",
  position: "00200032",
  orientation: "00200037",
  sliceLocation: "00201041",
  pixelSpacing: "00280030",
  imagerSpacing: "00181164",
  windowCenter: "00281050",
  windowWidth: "00281051",
  windowWords: "00281055",
  samples: "00280002",
  photometric: "00280004",
  laterality: "00200062",
  viewPosition: "00185101",
  lossy: "00282110",
  bitsStored: "00280101",
  signed: "00280103",
  intercept: "00281052",
  slope: "00281053",
};
const GROUP = { voi: "00289132", position: "00209113", orientation: "00209116", measures: "00289110", values: "00289145" };

/** Every attribute that is looked at here. */
export const FIELDS = [...Object.values(TAG), SHARED_GROUPS, PER_FRAME_GROUPS];

/** Return the facts of a frame; every fact may be missing. */
export function factsOf(dataset, frameNumber) {
  const measures = holderOf(dataset, frameNumber, GROUP.measures);
  const spacing = numbersOf(measures, TAG.pixelSpacing);
  return {
    windows: windowsOf(holderOf(dataset, frameNumber, GROUP.voi)),
    colour: Number(valuesOf(dataset, TAG.samples)[0] ?? 1) > 1 || textOf(dataset, TAG.photometric) === "PALETTE COLOR",
    lowIsWhite: textOf(dataset, TAG.photometric) === "MONOCHROME1",
    orientation: numbersOf(holderOf(dataset, frameNumber, GROUP.orientation), TAG.orientation),
    position: numbersOf(holderOf(dataset, frameNumber, GROUP.position), TAG.position),
    spacing: spacing.length === 2 ? spacing : numbersOf(dataset, TAG.imagerSpacing),
    atDetector: spacing.length !== 2,
    thickness: numbersOf(measures, TAG.sliceThickness)[0],
    location: numbersOf(dataset, TAG.sliceLocation)[0],
    laterality: textOf(dataset, TAG.laterality),
    viewPosition: textOf(dataset, TAG.viewPosition),
    range: rangeOf(dataset, holderOf(dataset, frameNumber, GROUP.values)),
    lossySource: textOf(dataset, TAG.lossy) === "01",
    rate: rateOf(dataset),
  };
}

function windowsOf(holder) {
  const centers = numbersOf(holder, TAG.windowCenter);
  const widths = numbersOf(holder, TAG.windowWidth);
  const words = valuesOf(holder, TAG.windowWords);
  return centers
    .map((center, index) => ({ center, width: widths[index], words: words[index] ?? "" }))
    .filter(({ width }) => width >= 1);
}

/** The window over everything that the stored bits can say, after rescaling; where to begin when no window is given. */
function rangeOf(dataset, transformation) {
  const bits = numbersOf(dataset, TAG.bitsStored)[0];
  if (!bits) return null;
  const lowest = valuesOf(dataset, TAG.signed)[0] === 1 ? -(2 ** (bits - 1)) : 0;
  const slope = numbersOf(transformation, TAG.slope)[0] ?? 1;
  const intercept = numbersOf(transformation, TAG.intercept)[0] ?? 0;
  return { center: (lowest + 2 ** (bits - 1)) * slope + intercept, width: Math.abs(2 ** bits * slope) };
}

function rateOf(dataset) {
  const time = numbersOf(dataset, TAG.frameTime)[0];
  return numbersOf(dataset, TAG.displayRate)[0] ?? numbersOf(dataset, TAG.cineRate)[0] ?? (time > 0 ? 1000 / time : null);
}
