// Small helpers for the document.

/** Return the element with an id. */
export const byId = (id) => document.getElementById(id);

/** Make an element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Change an element's text only if it differs, so that nothing is laid out or read again. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Replace an element's children; the focus stays where it was among its buttons. */
export function replaceItems(element, items) {
  const place = [...element.querySelectorAll("button")].indexOf(document.activeElement);
  element.replaceChildren(...items);
  if (place < 0) return;
  const buttons = [...element.querySelectorAll("button")];
  buttons[Math.min(place, buttons.length - 1)]?.focus();
}

/** Return a share as percent: 0.934 is "93%". */
export const percent = (share) => `${Math.round(100 * share)}%`;

/** Return seconds as m:ss. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Return a name for a file of this moment, such as mien-2026-11-27-081502. */
export function fileName(what = "mien", now = new Date()) {
  const two = (number) => String(number).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `${what}-${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}

/** Return a size in bytes for people. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Let the browser save a blob under a name. */
export function download(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Encode a canvas as PNG. */
export const png = (canvas) => new Promise((done) => canvas.toBlob(done, "image/png"));

/** Whether the person asked for less motion. */
export const lessMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
