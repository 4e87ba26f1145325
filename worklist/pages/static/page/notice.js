/** Short notices at the foot of the page, read out by screen readers; errors stay until they are closed. */

import { byId, make } from "./elements.js";

const CALM_SECONDS = 4;

export function tell(message, kind = "calm") {
  const notice = make("div", { class: `notice notice-${kind}`, role: kind === "error" ? "alert" : "status" }, message);
  const close = make("button", { type: "button", class: "notice-close", "aria-label": "Close", onclick: () => notice.remove() }, "×");
  notice.append(close);
  byId("notices").append(notice);
  if (kind !== "error") setTimeout(() => notice.remove(), CALM_SECONDS * 1000);
}

export const tellProblem = (problem) => tell(problem.message, "error");
