/** The panel beside the images: by the item's state it offers to claim, to write, or to look up what was signed. */

import { getJson, postJson } from "../page/api.js";
import { byId } from "../page/elements.js";
import { tell, tellProblem } from "../page/notice.js";
import { clockInWords } from "../page/words.js";
import { showCase } from "./case_words.js";
import { Draft } from "./draft.js";
import { sameImage, showKeyImages, toggled } from "./key_images.js";
import { ReadForm } from "./read_form.js";
import { confirmRelease, confirmSigning } from "./sign_dialog.js";
import { SignedRead } from "./signed_read.js";

const MODES = {
  open: {
    words: "Claim this study to write the second read. It then leaves the open list of the other readers.",
    shows: ["claim"],
  },
  writing: { words: "", shows: ["read-form", "release", "sign"] },
  lost: {
    words: "Your claim on this study has ended, so the node takes no more text. Your text is kept on this computer. Claim the study again to go on; if another reader has it now, copy what you need.",
    shows: ["read-form", "claim"],
  },
  signed: { words: "", shows: ["signed", "documents", "next"] },
  cancelled: { words: "This read was cancelled; nothing needs to be written.", shows: [] },
};
const PARTS = ["claim", "read-form", "release", "sign", "signed", "documents", "next"];
const ALLOWS = { writing: "everything", lost: "copying" };
const SAVE_WORDS = {
  saved: () => `Saved ${clockInWords()}`,
  changed: () => "Not saved yet…",
  saving: () => "Saving…",
  failed: (problem) => `Not saved: ${problem.message} Trying again.`,
  refused: (problem) => `Not saved: ${problem.message}`,
  lost: () => "Kept on this computer only",
};

export class ReadPanel {
  constructor({ itemId, reader, viewer, onItem }) {
    this.itemId = itemId;
    this.path = `/api/worklist/${encodeURIComponent(itemId)}`;
    this.reader = reader;
    this.viewer = viewer;
    this.onItem = onItem;
    this.draft = null;
    this.signedRead = new SignedRead(reader.name, viewer);
    this.form = new ReadForm(byId("read-form"), (name, value) => this.draft?.change(name, value));
    this.#listen();
  }

  #listen() {
    byId("claim").addEventListener("click", () => this.#guarded("claim", () => this.#claim()));
    byId("release").addEventListener("click", () => this.#guarded("release", () => this.#release()));
    byId("sign").addEventListener("click", () => this.#guarded("sign", () => this.#sign()));
    byId("next").addEventListener("click", () => this.#guarded("next", goToNextStudy));
    byId("read-form").addEventListener("focusout", () => this.draft?.save());
    byId("read-form").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("sign").click();
    });
    document.addEventListener("visibilitychange", () => document.hidden && this.draft?.save({ keepalive: true }));
    addEventListener("beforeunload", (event) => {
      if (["failed", "refused"].includes(this.draft?.state)) event.preventDefault();
    });
  }

  show(detail) {
    this.detail = detail;
    showCase(detail, (prior) => this.viewer.showPrior(prior.study_uid));
    this.canCompare = Boolean(detail.report);
    this.form.compare(this.canCompare);
    if (detail.state === "claimed") this.#write(detail.draft);
    else this.#enter(detail.state);
    if (detail.state === "signed") this.signedRead.show(detail.read);
    this.viewer.refresh();
  }

  /** Key images can be marked only while the read is written. */
  get canMark() {
    return this.mode === "writing";
  }

  toggleKeyImage(image) {
    if (!this.canMark || !image) return;
    this.draft.change("key_images", toggled(this.draft.values.key_images, image));
    this.#showKeyImages();
    this.viewer.refresh();
  }

  isKeyImage(image) {
    const images = (this.mode === "signed" ? this.detail.read : this.draft?.values)?.key_images ?? [];
    return images.some((other) => sameImage(other, image));
  }

  #write(saved) {
    this.draft?.stop();
    this.draft = new Draft({
      itemId: this.itemId,
      readerId: this.reader.id,
      saved,
      onState: (state, problem) => this.#showState(state, problem),
    });
    const restored = this.draft.restore();
    this.form.show(this.draft.values);
    this.#enter("writing");
    this.#showKeyImages();
    if (restored) tell("Text that was not saved earlier was found on this computer and put back.");
    else byId("save-state").textContent = saved ? "Saved" : "";
  }

  #enter(mode) {
    this.mode = mode;
    const { words, shows } = MODES[mode];
    byId("read").dataset.mode = mode;
    byId("mode-words").textContent = words;
    byId("mode-words").hidden = !words;
    for (const part of PARTS) byId(part).hidden = !shows.includes(part);
    this.form.allow(ALLOWS[mode] ?? "nothing");
    if (mode !== "writing" && mode !== "lost") byId("save-state").textContent = "";
  }

  #showState(state, problem) {
    byId("save-state").dataset.state = state;
    byId("save-state").textContent = SAVE_WORDS[state](problem);
    if (state === "lost") this.#enter("lost");
  }

  #showKeyImages() {
    const images = this.draft.values.key_images;
    byId("no-key-images").hidden = images.length > 0;
    showKeyImages(byId("key-images"), images, {
      locate: (image) => this.viewer.locate(image),
      onOpen: (image) => this.viewer.open(image),
      onRemove: (image) => this.toggleKeyImage(image),
    });
  }

  async #claim() {
    await postJson(`${this.path}/claim`);
    if (this.mode === "lost") {
      this.#enter("writing");
      await this.draft.resume();
    }
    await this.#reload();
    byId("findings").focus({ preventScroll: true });
  }

  async #release() {
    if (!(await confirmRelease())) return;
    await this.draft.save();
    await postJson(`${this.path}/release`);
    this.draft.stop();
    this.draft = null;
    await this.#reload();
    tell("The study is back on the open list.");
  }

  async #sign() {
    const missing = ["findings", "impression"].find((name) => !this.draft.values[name].trim());
    if (missing) {
      tell(`Write the ${missing} before signing.`, "error");
      byId(missing).focus();
      return;
    }
    if (!(await confirmSigning(this.draft.values, this.canCompare))) return;
    if (!(await this.draft.save({ always: true }))) return;
    await this.#postSignature();
    this.draft.finish();
    this.draft = null;
    await this.#reload();
    tell("Signed. The answer is on its way to the hospital.");
  }

  /** When the answer to a signature is lost on the way, the item says whether it was signed. */
  async #postSignature() {
    try {
      await postJson(`${this.path}/sign`);
    } catch (problem) {
      const { state } = await getJson(this.path);
      if (state !== "signed") throw problem;
    }
  }

  async #reload() {
    const detail = await getJson(this.path);
    this.onItem(detail);
    this.show(detail);
  }

  /** Do one thing at a time and say what went wrong. */
  async #guarded(buttonId, action) {
    const button = byId(buttonId);
    button.disabled = true;
    try {
      await action();
    } catch (problem) {
      tellProblem(problem);
    } finally {
      button.disabled = false;
    }
  }
}

/** Go on with the open study that is due first. */
async function goToNextStudy() {
  const { items } = await getJson("/api/worklist?state=open&limit=1");
  if (items.length) location.assign(`/worklist/${encodeURIComponent(items[0].id)}`);
  else tell("Nothing else is waiting.");
}
