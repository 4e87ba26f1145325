/** The letters at the edges of an image, from Image Orientation (Patient) (PS3.3 C.7.6.2.1.1). */

const AXES = [
  ["L", "R"],
  ["P", "A"],
  ["H", "F"],
];
const NEGLIGIBLE = 0.25;

/** Return the letters of a direction in the patient: the strongest axis first, a second one when it is oblique. */
export function lettersOf([x, y, z]) {
  return [x, y, z]
    .map((part, axis) => ({ size: Math.abs(part), letter: AXES[axis][part > 0 ? 0 : 1] }))
    .filter(({ size }) => size > NEGLIGIBLE)
    .sort((one, other) => other.size - one.size)
    .slice(0, 2)
    .map(({ letter }) => letter)
    .join("");
}

/** Return what lies at each edge, or null when the six cosines are not there. */
export function edgesOf(cosines) {
  if (cosines.length !== 6) return null;
  const row = cosines.slice(0, 3);
  const column = cosines.slice(3);
  const against = (direction) => direction.map((part) => -part);
  return { right: lettersOf(row), left: lettersOf(against(row)), bottom: lettersOf(column), top: lettersOf(against(column)) };
}
