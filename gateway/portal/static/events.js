// Server-sent events by fetch (HTML Living Standard, 9.2.6): an EventSource cannot show who asks. The node's lines end
// with LF, and each event has one line of data.

const PAUSE = 3000;
const OVER = new Set([401, 403, 404]);

/** Hear of every event at `url` by `on(name, data)`, again after each end until `on` returns true; return what stops it. */
export function follow(url, headers, on) {
  const stop = new AbortController();
  const listen = async () => {
    while (!stop.signal.aborted) {
      try {
        const answer = await fetch(url, { headers, signal: stop.signal });
        if (OVER.has(answer.status) || (answer.ok && (await hear(answer.body, on)))) return;
      } catch (error) {
        if (!(error instanceof TypeError) && error.name !== "AbortError") throw error;
      }
      await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
    }
  };
  listen();
  return () => stop.abort();
}

async function hear(body, on) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return false;
    const events = (text + decoder.decode(value, { stream: true })).split("\n\n");
    text = events.pop();
    for (const event of events) if (tell(event, on)) return true;
  }
}

function tell(event, on) {
  const lines = event.split("\n");
  const field = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = field("data");
  return data !== undefined && on(field("event"), JSON.parse(data));
}
