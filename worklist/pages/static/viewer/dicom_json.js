/** Values out of the DICOM JSON model (PS3.18 Annex F), top level or per frame (PS3.3 C.7.6.16). */

export const SHARED_GROUPS = "52009229";
export const PER_FRAME_GROUPS = "52009230";

export const valuesOf = (dataset, tag) => dataset?.[tag]?.Value ?? [];
export const numbersOf = (dataset, tag) => valuesOf(dataset, tag).map(Number).filter(Number.isFinite);
export const textOf = (dataset, tag) => valuesOf(dataset, tag).map(String).join(" ");

/** Return the dataset that holds an attribute of one frame: its own group item, the shared one, or the top level. */
export function holderOf(dataset, frameNumber, groupTag) {
  const own = valuesOf(dataset, PER_FRAME_GROUPS)[frameNumber - 1];
  const shared = valuesOf(dataset, SHARED_GROUPS)[0];
  return valuesOf(own, groupTag)[0] ?? valuesOf(shared, groupTag)[0] ?? dataset;
}
