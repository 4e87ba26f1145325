/** Values as a person reads them: ages, instants, spans of time, DICOM words. */

const AGE_UNITS = { D: "d", W: "wk", M: "mo", Y: "y" };

/** "045Y" (PS3.5 AS) becomes "45 y". */
export function ageInWords(age) {
  const match = /^(\d{1,3})([DWMY])$/.exec(age ?? "");
  return match ? `${Number(match[1])} ${AGE_UNITS[match[2]]}` : "";
}

/** Pseudonym, sex and age in one line, leaving out what is not known. */
export function patientInWords(patient) {
  return [patient.sex, ageInWords(patient.age)].filter(Boolean).join(" · ");
}

/** An instant in the reader's own time zone. */
export function instantInWords(iso) {
  if (!iso) return "";
  return new Date(iso).toLocaleString([], { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit" });
}

export function clockInWords(instant = new Date()) {
  return instant.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** A span in its two largest words at most: "3 d 4 h", "2 h 10 min", "12 min". */
export function spanInWords(milliseconds) {
  const minutes = Math.round(Math.abs(milliseconds) / 60000);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days) return hours ? `${days} d ${hours} h` : `${days} d`;
  if (hours) return minutes % 60 && hours < 6 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${minutes} min`;
}

/** DICOM code strings ("HEAD", "CHEST") as words ("Head"). */
export function capitalised(word) {
  return word ? word.charAt(0).toUpperCase() + word.slice(1).toLowerCase() : "";
}

/** A case number in readable groups; what is copied stays whole. */
export function caseInWords(number) {
  return number ? number.replace(/^(\d{3})(\d{3})(\d{4})$/, "$1 $2 $3") : "";
}
