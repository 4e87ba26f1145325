/** The worklist page: tabs by state, chips by modality, a table that refreshes itself without moving the reader. */

import { getJson } from "../page/api.js";
import { byId, isTyping } from "../page/elements.js";
import { clockInWords } from "../page/words.js";
import { ModalityChips } from "./modality_chips.js";
import { showRows } from "./rows.js";

const REFRESH_SECONDS = 15;
const PLACE = "overread.worklist.place";
const PAGE = 50;
const TABS = {
  open: { state: "open", empty: ["Nothing is waiting.", "New studies appear here by themselves."] },
  mine: { state: "claimed", empty: ["You have claimed no study.", "Open a study from the first tab and claim it."] },
  signed: { state: "signed", empty: ["Nothing has been signed yet.", "Signed reads stay here to look up."] },
};

const body = byId("worklist-body");
const chips = new ModalityChips(byId("modalities"), () => restart());
const tabInAddress = () => (TABS[location.hash.slice(1)] ? location.hash.slice(1) : "open");
let tab;
let shown = PAGE;
let turn = 0;

async function load() {
  const mine = (turn += 1);
  const items = [];
  let next = null;
  do {
    const query = new URLSearchParams({ state: TABS[tab].state, limit: String(PAGE) });
    if (chips.chosen.length) query.set("modality", chips.chosen.join(","));
    if (next) query.set("cursor", next);
    const page = await getJson(`/api/worklist?${query}`);
    items.push(...page.items);
    next = page.next ?? null;
  } while (next && items.length < shown);
  return mine === turn ? { items, next } : null;
}

async function refresh() {
  let answer;
  try {
    answer = await load();
  } catch (problem) {
    byId("freshness").textContent = problem.message;
    byId("freshness").dataset.state = "failed";
    if (!body.rows.length) say("The worklist cannot be loaded.", `It is asked for again every ${REFRESH_SECONDS} seconds.`);
    return;
  }
  if (!answer) return;
  show(answer);
}

/** Put the reader back on the row that was left, once. */
function comeBack() {
  const left = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  if (left) [...body.rows].find((row) => row.dataset.id === left)?.querySelector("a").focus();
}

/** Say in the place of the table why there is none. */
function say(head, words) {
  byId("worklist-table").hidden = true;
  byId("more").hidden = true;
  byId("empty").hidden = false;
  byId("empty-head").textContent = head;
  byId("empty-words").textContent = words;
}

function show({ items, next }) {
  chips.offer(items.map((item) => item.modality));
  showRows(body, items, Date.now());
  if (items.length) {
    byId("worklist-table").hidden = false;
    byId("empty").hidden = true;
    byId("more").hidden = !next;
    comeBack();
  } else {
    const none = ["No study of this kind.", "Choose another modality above."];
    say(...(chips.chosen.length ? none : TABS[tab].empty));
  }
  byId("count").textContent = items.length ? `${items.length}${next ? "+" : ""} ${items.length === 1 ? "study" : "studies"}` : "";
  byId("freshness").textContent = `updated ${clockInWords()}`;
  byId("freshness").dataset.state = "fresh";
}

function restart() {
  shown = PAGE;
  body.replaceChildren();
  byId("count").textContent = "";
  say("One moment.", "The studies are on their way.");
  return refresh();
}

function showTab() {
  tab = tabInAddress();
  for (const button of document.querySelectorAll("[data-tab]")) {
    button.setAttribute("aria-pressed", String(button.dataset.tab === tab));
  }
  return restart();
}

function chooseTab(name) {
  history.replaceState(null, "", `#${name}`);
  showTab();
}

function moveBy(step) {
  const links = [...body.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement);
  links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
}

const STEPS = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
const TAB_KEYS = { 1: "open", 2: "mine", 3: "signed" };

document.addEventListener("keydown", (event) => {
  if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (STEPS[event.key]) moveBy(STEPS[event.key]);
  else if (TAB_KEYS[event.key]) chooseTab(TAB_KEYS[event.key]);
  else if (event.key === "r") refresh();
  else return;
  event.preventDefault();
});
for (const button of document.querySelectorAll("[data-tab]")) {
  button.addEventListener("click", () => chooseTab(button.dataset.tab));
}
byId("more").addEventListener("click", () => {
  shown += PAGE;
  refresh();
});
document.addEventListener("visibilitychange", () => document.hidden || refresh());
setInterval(() => document.hidden || refresh(), REFRESH_SECONDS * 1000);
addEventListener("pagehide", () => {
  const row = document.activeElement?.closest("tr[data-id]");
  if (row) sessionStorage.setItem(PLACE, row.dataset.id);
});
addEventListener("hashchange", showTab);
showTab();
