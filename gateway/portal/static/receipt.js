// The last step: the receipt, and what becomes of every file while the node looks at it.

import { follow } from "./events.js";
import { facts, number, part, proof, showTrouble, size, time, words } from "./page_parts.js";

const MOST_LINES = 300;
const MOST_MISSING = 20;
const LONG_ENOUGH = 60_000; // for the browser to take what it was handed
const FINAL = new Set(["done", "failed"]);
const ORDER = ["published", "duplicate", "kept", "quarantined", "conflict", "pending"];

/** Fill in the receipt of a delivery that came whole and follow it; return a function that stops following. */
export function showReceipt(deliveryId, { counts, files, bytes }) {
  part("receipt-number").textContent = deliveryId.replace(/(.{8})(?=.)/g, "$1 ");
  part("receipt-time").textContent = time(new Date());
  for (const what of ["studies", "images"]) {
    part(`receipt-${what}`).parentElement.hidden = !counts;
    part(`receipt-${what}`).textContent = counts ? number(counts[what]) : "";
  }
  part("receipt-files").textContent = number(files);
  part("receipt-size").textContent = size(bytes);
  part("checking").textContent = words("done.checking");
  part("verdicts").replaceChildren();
  part("each").hidden = true;
  part("missing").hidden = true;
  offerSigned(deliveryId, files);
  let state = null;
  return follow(`/upload/deliveries/${deliveryId}/events`, proof, (name, data) => {
    if (name === "done") return true;
    if (name === "delivery") state = data;
    if (name === "change") state = changed(state, data);
    showState(state);
    return false;
  });
}

function changed(state, { files, ...rest }) {
  for (const { number: place, ...file } of files) state.files[place] = file;
  return { ...state, ...rest };
}

function showState(state) {
  if (state.received_at) part("receipt-time").textContent = time(state.received_at);
  const files = Object.values(state.counts).reduce((sum, count) => sum + count, 0);
  if (FINAL.has(state.state)) part("receipt-files").textContent = number(files);
  if (state.state === "done") part("checking").textContent = words("done.checked");
  if (state.state === "failed") part("checking").textContent = words("done.trouble");
  offerSigned(state.delivery, files);
  showMissing(state.promised);
  const verdicts = ORDER.filter((name) => state.counts[name]).map((name) => {
    const item = document.createElement("li");
    item.dataset.verdict = name;
    const count = document.createElement("b");
    count.textContent = number(state.counts[name]);
    item.append(count, ` ${words(`verdict.${name}`)}`);
    return item;
  });
  part("verdicts").replaceChildren(...verdicts);
  showFiles(state.files);
}

/** Offer the signed receipt; one of very many files is not printed, but can be had as data. */
function offerSigned(deliveryId, files) {
  const printed = files <= facts.most_printed;
  part("signed").href = `/upload/deliveries/${deliveryId}/receipt.${printed ? "pdf" : "json"}?lang=${document.documentElement.lang}`;
  part("signed").textContent = printed ? words("done.signed") : words("done.signed_data");
}

/** Where no cookie goes along with a link, fetch what it leads to and hand it over. */
async function keepSigned(event) {
  event.preventDefault();
  const { href } = part("signed");
  showTrouble(null);
  try {
    const answer = await fetch(href, { headers: proof });
    if (!answer.ok) throw new TypeError(`refused with ${answer.status}`);
    const address = URL.createObjectURL(await answer.blob());
    const [id, name] = new URL(href).pathname.split("/").slice(-2);
    Object.assign(document.createElement("a"), { href: address, download: name.replace(".", `-${id}.`) }).click();
    setTimeout(() => URL.revokeObjectURL(address), LONG_ENOUGH);
  } catch {
    showTrouble(words("done.not_had"));
  }
}
if (facts.bearer) part("signed").addEventListener("click", keepSigned);

/** Tell what the table of contents of a disc names and the delivery lacks. */
function showMissing(promised) {
  const count = promised?.missing_count ?? 0;
  part("missing").hidden = count === 0;
  if (!count) return;
  part("missing-told").textContent = words("done.missing", { count: number(count) });
  const lines = promised.missing.slice(0, MOST_MISSING);
  if (count > lines.length) lines.push(words("done.more_files", { count: number(count - lines.length) }));
  part("missing-files").replaceChildren(...lines.map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
}

function showFiles(files) {
  part("each").hidden = files.length === 0;
  part("each-file").replaceChildren(...files.slice(0, MOST_LINES).map((file) => {
    const row = document.createElement("tr");
    for (const text of [file.path, words(`verdict.${file.disposition ?? "pending"}`)]) {
      const cell = document.createElement("td");
      cell.textContent = text;
      row.append(cell);
    }
    return row;
  }));
  part("more-files").hidden = files.length <= MOST_LINES;
  part("more-files").textContent = words("done.more_files", { count: number(files.length - MOST_LINES) });
}
