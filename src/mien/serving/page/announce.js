// What a screen reader is told: changes that last, and never more than one every few seconds.
import { byId } from "./dom.js";

const LASTING = 1.5; // seconds that an expression must be shown before it is told
const PAUSE = 6; // seconds between two expressions

/** Tell something at once, such as that the camera is on. */
export function announce(text) {
  byId("live").textContent = text;
}

/** Tells the chosen face's expression when it has changed for good. */
export class ExpressionNews {
  told = "";
  toldAt = -Infinity;

  update(time, expression) {
    if (expression !== this.current) {
      this.current = expression;
      this.since = time;
    }
    const due = time - this.since >= LASTING && time - this.toldAt >= PAUSE;
    if (!due || expression === this.told) return;
    this.told = expression;
    this.toldAt = time;
    announce(expression);
  }
}
