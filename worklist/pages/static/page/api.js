/**
 * The JSON API as the pages speak it: cookie, CSRF token, problem+json (RFC 9457).
 *
 * A log-in that has run out leads back to the log-in page and from there to the same place; whoever has unsaved text
 * keeps it elsewhere first (read/draft.js).
 */

const logIn = document.querySelector("meta[name=log-in]")?.content ?? "/";
const csrfToken = document.querySelector("meta[name=csrf-token]")?.content ?? "";

/** An answer that is not a success; `status` is 0 when there was no answer at all. */
export class Problem extends Error {
  constructor(status, title, detail) {
    super(detail || title || "Something went wrong.");
    this.name = "Problem";
    this.status = status;
  }
}

/** Turn any failed answer into a Problem with words that a person can act on. */
export async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  const detail = typeof body.detail === "string" ? body.detail : "";
  return new Problem(response.status, body.title, detail || `The node answered ${response.status}.`);
}

function backToLogIn() {
  const next = encodeURIComponent(location.pathname);
  location.assign(`${logIn}?expired=1&next=${next}`);
}

/**
 * Fetch, and leave for the log-in page when the log-in has run out: not before whoever asked has heard of it, who may
 * have something written to keep.
 */
export async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "No connection", "The node does not answer. Check the network connection.");
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (problem.status === 401) setTimeout(backToLogIn);
  throw problem;
}

export async function getJson(path, { signal } = {}) {
  const response = await ask(path, { signal, headers: { Accept: "application/json, application/dicom+json" } });
  return response.json();
}

export async function postJson(path, body = {}, { keepalive = false } = {}) {
  const response = await ask(path, {
    method: "POST",
    keepalive,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
    body: JSON.stringify(body),
  });
  return response.status === 204 ? null : response.json();
}
