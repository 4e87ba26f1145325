// The upload page: choose, check, send, done. It keeps nothing in the browser; what can be resumed is asked of the node.

import { countArchive } from "./archive_count.js";
import { asksForPassword } from "./archive_look.js";
import { chosenFiles, droppedFiles } from "./choosing.js";
import { countStudies } from "./counting.js";
import { crc32 } from "./crc32.js";
import { facts, number, part, proof, showStep, showTrouble, size, words } from "./page_parts.js";
import { showReceipt } from "./receipt.js";
import { Refused, TusUpload } from "./tus.js";
import { fileBytes, planZip, zipBytes } from "./zip_stream.js";

const ARCHIVE = /\.(zip|7z|tar|tgz|tar\.gz|tar\.xz|iso|img)$/i;
const REASONS = { 401: "send.ended", 403: "send.closed", 404: "send.closed", 413: "choose.too_large", 507: "send.full" };

let bundle = null; // what was chosen, as it will be sent
let turn = 0; // grows with every choice, so that a count of an earlier one is dropped
let sending = null;
let stopFollowing = () => {};

/** Return chosen files as one bundle: an archive as it is, anything else as a zip made while it is sent. */
function makeBundle(files) {
  const one = files.length === 1 && ARCHIVE.test(files[0].path) ? files[0].file : null;
  const plan = one ? null : planZip(files);
  const list = files.map(({ path, file }) => `${path}\n${file.size}\n${file.lastModified}\n`).join("");
  const length = one ? one.size : plan.length;
  return {
    files,
    archive: one,
    length,
    filename: one ? one.name : "upload.zip",
    fingerprint: `${crc32(new TextEncoder().encode(list)).toString(16)}-${length}-${files.length}`,
    source: (offset) => (one ? { pieces: fileBytes(one, offset), from: offset } : { pieces: zipBytes(plan), from: 0 }),
  };
}

async function choose(files) {
  showTrouble(null);
  if (!files.length) return showTrouble(words("choose.empty"));
  if (files.length > facts.most_files) return showTrouble(words("choose.too_many", { most: number(facts.most_files) }));
  bundle = makeBundle(files);
  if (bundle.length > facts.most_bytes) return showTrouble(words("choose.too_large", { most: size(facts.most_bytes) }));
  turn += 1;
  const mine = turn;
  resetCheck();
  showStep("check");
  const left = () => turn !== mine;
  const counting = bundle.archive
    ? countArchive(bundle.archive, sayCounting, left).catch(() => null)
    : countStudies(files, (done) => sayCounting(done, files.length), left);
  const locked = bundle.archive ? asksForPassword(bundle.archive).catch(() => "perhaps") : "no";
  const [counts, resumable, asks] = await Promise.all([counting, findResumable(bundle.fingerprint), locked]);
  if (turn !== mine) return undefined;
  Object.assign(bundle, { counts, resumable, asks });
  return showCheck();
}

function resetCheck() {
  for (const id of ["found", "remark-disc", "remark-archive", "remark-resume", "remark-none", "remark-patients", "ask-password"]) part(id).hidden = true;
  part("password").value = "";
  part("send-now").disabled = true;
  part("counting").hidden = false;
  sayCounting(0, bundle.files.length);
}

function sayCounting(done, all) {
  part("counting").textContent = words("check.counting", { done: number(done), all: number(all) });
}

function showCheck() {
  const { counts, archive, length, resumable, asks } = bundle;
  if (counts?.unreadable) {
    showStep("choose");
    return showTrouble(words("choose.unreadable"));
  }
  part("counting").hidden = true;
  part("found").hidden = false;
  for (const what of ["studies", "images", "others"]) {
    part(`found-${what}`).parentElement.hidden = !counts;
    part(`found-${what}`).textContent = counts ? number(counts[what]) : "";
  }
  part("found-size").textContent = size(length);
  part("remark-archive").hidden = !archive || Boolean(counts);
  part("remark-disc").hidden = !counts?.disc;
  part("remark-none").hidden = !counts || counts.images > 0;
  part("remark-patients").hidden = !(counts?.people > 1);
  part("remark-resume").hidden = !resumable;
  part("ask-password").hidden = asks === "no";
  part("remark-locked").hidden = asks !== "yes";
  part("send-now").disabled = false;
  return part(asks === "yes" ? "password" : "send-now").focus();
}

async function findResumable(fingerprint) {
  try {
    const answer = await fetch("/upload/status", { headers: proof });
    if (!answer.ok) return null;
    return (await answer.json()).open.find((each) => each.fingerprint === fingerprint)?.id ?? null;
  } catch {
    return null;
  }
}

async function send() {
  showTrouble(null);
  showStep("send");
  part("send-again").hidden = true;
  part("broken").hidden = true;
  const stop = new AbortController();
  const began = { at: performance.now(), offset: null };
  const upload = new TusUpload({
    root: "/upload/tus",
    headers: proof,
    password: bundle.asks === "no" ? "" : part("password").value,
    signal: stop.signal,
    on: { progress: (sent) => showProgress(sent, began), broken: (is) => { part("broken").hidden = !is; } },
  });
  sending = { upload, stop };
  addEventListener("beforeunload", warn);
  try {
    const id = await upload.send({ ...bundle, id: bundle.resumable });
    part("password").value = "";
    showStep("done");
    stopFollowing = showReceipt(id, { counts: bundle.counts, files: bundle.files.length, bytes: bundle.length });
  } catch (error) {
    if (!stop.signal.aborted) showFailure(error);
  } finally {
    sending = null;
    removeEventListener("beforeunload", warn);
  }
}

function showFailure(error) {
  part("broken").hidden = true;
  part("send-again").hidden = false;
  const unreadable = error instanceof DOMException && error.name === "NotReadableError";
  const key = unreadable ? "choose.unreadable" : (error instanceof Refused && REASONS[error.status]) || "send.failed";
  showTrouble(words(key, { most: size(facts.most_bytes) }));
}

function showProgress(sent, began) {
  const all = bundle.length;
  began.offset ??= sent;
  part("bar").value = sent / all;
  part("sent").textContent = words("send.progress", { sent: size(sent), all: size(all) });
  const seconds = (performance.now() - began.at) / 1000;
  const left = ((all - sent) * seconds) / (sent - began.offset);
  const known = seconds > 5 && Number.isFinite(left);
  part("left").textContent = known ? words("send.left", { minutes: number(Math.max(Math.ceil(left / 60), 1)) }) : "";
}

function warn(event) {
  event.preventDefault();
}

async function sendAgain() {
  bundle.resumable = await findResumable(bundle.fingerprint);
  await send();
}

async function cancel() {
  const { upload, stop } = sending ?? {};
  stop?.abort();
  await upload?.cancel();
  startOver();
}

function startOver() {
  stopFollowing();
  turn += 1;
  bundle = null;
  showTrouble(null);
  part("folder").value = "";
  part("files").value = "";
  showStep("choose");
}

for (const id of ["folder", "files"]) {
  part(`choose-${id}`).addEventListener("click", () => part(id).click());
  part(`choose-${id}`).disabled = false;
  part(id).addEventListener("change", () => choose(chosenFiles(part(id).files)));
}
part("send-now").addEventListener("click", send);
part("password").addEventListener("keydown", (event) => { if (event.key === "Enter") send(); });
part("send-again").addEventListener("click", sendAgain);
part("choose-again").addEventListener("click", startOver);
part("cancel").addEventListener("click", cancel);
part("more").addEventListener("click", startOver);
part("print").addEventListener("click", () => print());

const drop = part("drop");
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
document.addEventListener("dragover", () => drop.classList.add("over"));
for (const kind of ["dragleave", "drop"]) document.addEventListener(kind, () => drop.classList.remove("over"));
document.addEventListener("drop", async (event) => {
  if (part("choose").hidden) return;
  try {
    await choose(await droppedFiles(event.dataTransfer));
  } catch {
    showTrouble(words("choose.unreadable"));
  }
});
