// The last step: the receipt, and what becomes of every file while the node looks at it.

import { number, part, size, time, words } from "./page_parts.js";

const MOST_LINES = 300;
const ORDER = ["published", "duplicate", "kept", "quarantined", "conflict", "pending"];

/** Fill in the receipt of a delivery that came whole and follow it; return a function that stops following. */
export function showReceipt(deliveryId, { counts, files, bytes }) {
  part("receipt-number").textContent = deliveryId.replace(/(.{8})(?=.)/g, "$1 ");
  part("receipt-time").textContent = time(new Date());
  part("receipt-studies").textContent = counts ? number(counts.studies) : "–";
  part("receipt-images").textContent = counts ? number(counts.images) : "–";
  part("receipt-files").textContent = number(files);
  part("receipt-size").textContent = size(bytes);
  part("checking").textContent = words("done.checking");
  part("verdicts").replaceChildren();
  part("each").hidden = true;
  const events = new EventSource(`/upload/deliveries/${deliveryId}/events`);
  events.addEventListener("delivery", (event) => {
    const state = JSON.parse(event.data);
    showState(state);
    if (state.state === "done" || state.state === "failed") events.close();
  });
  return () => events.close();
}

function showState(state) {
  if (state.received_at) part("receipt-time").textContent = time(state.received_at);
  if (state.state === "done") part("checking").textContent = words("done.checked");
  if (state.state === "failed") part("checking").textContent = words("done.trouble");
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
