/**
 * What the pointer does on an image: the chosen tool on the left button, pan with Ctrl, zoom with the right button,
 * scroll with the wheel, zoom with Ctrl and the wheel.
 */

const SCROLL_PIXELS = 24;
const WINDOW_STEPS_ACROSS = 350;

const TOOLS = {
  window: startWindow,
  pan: (viewport) => ({ move: (_dx, _dy, stepX, stepY) => viewport.panBy(stepX, stepY) }),
  zoom: startZoom,
  scroll: startScroll,
};

/** Listen on a viewport; `chosenTool()` names the tool of the left button. */
export function attachPointer(viewport, chosenTool) {
  const { canvas } = viewport;
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("pointerdown", (event) => drag(viewport, event, toolFor(event, chosenTool())));
  canvas.addEventListener("wheel", wheelOf(viewport), { passive: false });
}

function toolFor(event, chosen) {
  if (event.button === 2) return "zoom";
  if (event.button === 1 || event.ctrlKey || event.metaKey) return "pan";
  return chosen;
}

function drag(viewport, down, tool) {
  if (!viewport.frames.length) return;
  const { canvas } = viewport;
  const action = TOOLS[tool](viewport, down);
  if (!action) return;
  canvas.setPointerCapture(down.pointerId);
  let [lastX, lastY] = [down.clientX, down.clientY];
  const move = (event) => {
    action.move(event.clientX - down.clientX, event.clientY - down.clientY, event.clientX - lastX, event.clientY - lastY);
    [lastX, lastY] = [event.clientX, event.clientY];
  };
  const end = () => {
    canvas.removeEventListener("pointermove", move);
    action.end?.();
  };
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("lostpointercapture", end, { once: true });
}

/** Right: wider; down: darker, as on other workstations. An image without a window starts from all its values. */
function startWindow(viewport) {
  const start = viewport.window ?? viewport.startWindow;
  if (viewport.facts.colour || !start) return null;
  const unit = Math.max(start.width, 16) / WINDOW_STEPS_ACROSS;
  const darker = viewport.facts.lowIsWhite ? -unit : unit;
  let moved = false;
  return {
    move: (dx, dy) => {
      moved = true;
      viewport.setWindow({ center: start.center + dy * darker, width: start.width + dx * unit }, { settled: false });
    },
    end: () => moved && viewport.setWindow(viewport.window),
  };
}

function startZoom(viewport, down) {
  const point = pointOf(down, viewport.canvas);
  return { move: (_dx, _dy, _stepX, stepY) => viewport.zoomBy(1.01 ** -stepY, point) };
}

function startScroll(viewport) {
  const start = viewport.index;
  return { move: (_dx, dy) => viewport.go(start + Math.round(dy / SCROLL_PIXELS)) };
}

/** A notch of a wheel is one image; the fine steps of a touchpad add up to one. */
function wheelOf(viewport) {
  let travelled = 0;
  return (event) => {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      viewport.zoomBy(1.0015 ** -event.deltaY, pointOf(event, viewport.canvas));
      return;
    }
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * SCROLL_PIXELS;
    travelled = Math.sign(pixels) === Math.sign(travelled) ? travelled + pixels : pixels;
    if (Math.abs(travelled) < SCROLL_PIXELS) return;
    viewport.step(Math.sign(travelled));
    travelled = 0;
  };
}

function pointOf(event, canvas) {
  const edge = canvas.getBoundingClientRect();
  return { x: event.clientX - edge.left, y: event.clientY - edge.top };
}
