/**
 * Windows by name. CT numbers are Hounsfield units, so CT has fixed windows; other modalities have no common scale, so
 * theirs are relative to the window that the image itself asks for.
 */

const CT = [
  ["Brain", 40, 80],
  ["Stroke", 35, 35],
  ["Subdural", 75, 220],
  ["Bone", 500, 2200],
  ["Lung", -600, 1500],
  ["Mediastinum", 50, 350],
  ["Abdomen", 50, 400],
  ["Liver", 80, 150],
  ["Angio", 300, 650],
];
const RELATIVE = [
  ["Narrow", 0, 0.6],
  ["Wide", 0, 1.6],
  ["Brighter", -0.2, 1],
  ["Darker", 0.2, 1],
];

/** Return the presets of a modality as {name, window(own)}: `own` is the window that the image asks for. */
export function presetsOf(modality, colour) {
  if (colour) return [];
  if (modality === "CT") return CT.map(([name, center, width]) => ({ name, window: () => ({ center, width }) }));
  return RELATIVE.map(([name, shift, factor]) => ({
    name,
    window: (own) => own && { center: own.center + shift * own.width, width: own.width * factor },
  }));
}
