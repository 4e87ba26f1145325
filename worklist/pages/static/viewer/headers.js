/** The headers of a series, as far as the screen shows them: fetched once, and images do not wait for them. */

import { getJson } from "../page/api.js";
import { valuesOf } from "./dicom_json.js";
import { seriesAddress } from "./frame_address.js";
import { FIELDS } from "./frame_facts.js";

const AT_ONCE = 500;
const SOP_INSTANCE_UID = "00080018";

export class Headers {
  #fetched = new Map();

  /** Return a promise of the headers by SOP Instance UID; one that failed is asked for again the next time. */
  of({ study_uid: studyUid, series_uid: seriesUid }) {
    if (!this.#fetched.has(seriesUid)) {
      const fetched = this.#fetch(studyUid, seriesUid);
      this.#fetched.set(seriesUid, fetched);
      fetched.catch(() => this.#fetched.delete(seriesUid));
    }
    return this.#fetched.get(seriesUid);
  }

  /** Search for the instances with the few fields that are shown (PS3.18 10.6): far less than the whole metadata. */
  async #fetch(studyUid, seriesUid) {
    const headers = new Map();
    let answers;
    do {
      const query = new URLSearchParams({ includefield: FIELDS.join(","), limit: String(AT_ONCE), offset: String(headers.size) });
      answers = await getJson(`${seriesAddress(studyUid, seriesUid)}/instances?${query}`);
      for (const header of answers) headers.set(valuesOf(header, SOP_INSTANCE_UID)[0], header);
    } while (answers.length === AT_ONCE);
    return headers;
  }
}
