// The words over the camera's picture: what keeps a face from being read, or what was refused.
import { announce } from "./announce.js";
import { byId, write } from "./dom.js";

const LASTING = 0.5; // seconds that something must be seen before it is said
const STAY = 1.5; // seconds for which it then stays, so that nothing flickers
const NOTICE = 6; // seconds for which a notice stays

export class Hint {
  shown = "";
  warning = ""; // what is shown, unless it is a notice
  #seen = "";
  #since = 0;
  #until = 0; // what is shown stays up to then

  /** Say what is seen at a moment in seconds, "" for nothing, once it has lasted. */
  update(time, text) {
    if (text !== this.#seen) [this.#seen, this.#since] = [text, time];
    if (time - this.#since < LASTING || time < this.#until || text === this.shown) return;
    this.warning = text;
    this.#show(text, time + (text ? STAY : 0));
  }

  /** Say something at once, for some seconds. */
  notice(text) {
    this.warning = "";
    this.#show(text, performance.now() / 1000 + NOTICE);
    announce(text);
  }

  clear() {
    this.#seen = this.warning = "";
    this.#show("", 0);
  }

  #show(text, until) {
    this.shown = text;
    this.#until = until;
    byId("hint").hidden = !text;
    write(byId("hint"), text);
  }
}
