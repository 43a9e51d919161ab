// What a screen reader is told: what lasts, and never more than one thing every few seconds.
import { byId } from "./dom.js";

const LASTING = 1.5; // seconds that something must be seen before it is told
const PAUSE = 6; // seconds between two of these
const AGAIN = "\u00a0"; // makes the same words a change, so that they are told again

/** Tell something at once, such as that the camera is on. */
export function announce(text) {
  const live = byId("live");
  live.textContent = live.textContent === text ? text + AGAIN : text;
}

/** Tells what is seen of the chosen face when it has changed for good. */
export class News {
  told = "";
  toldAt = -Infinity;

  update(time, text) {
    if (text !== this.current) {
      this.current = text;
      this.since = time;
    }
    const due = time - this.since >= LASTING && time - this.toldAt >= PAUSE;
    if (!due || text === this.told) return;
    this.told = text;
    this.toldAt = time;
    announce(text);
  }
}
