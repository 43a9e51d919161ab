// A bar for each class of the chosen face.
import { make, percent, write } from "./dom.js";
import { emojiAddress } from "./emoji.js";

export const WORDS_EVERY = 200; // milliseconds; numbers that change faster cannot be read

/** A list with a bar for each class. */
export class Bars {
  constructor(list) {
    this.list = list;
    this.written = 0;
  }

  /** Make the bars of a network's classes. */
  setClasses(classes) {
    this.rows = classes.map((expression) => {
      const fill = make("span", { className: "fill" });
      fill.style.background = expression.colour;
      const value = make("span", { className: "value", textContent: "–" });
      const emoji = make("img", { src: emojiAddress(expression), alt: "", width: 24, height: 24 });
      const name = make("span", { className: "name", textContent: expression.name });
      const row = make("li", {}, emoji, name, make("span", { className: "track" }, fill), value);
      return { name: expression.name, row, fill, value };
    });
    this.list.replaceChildren(...this.rows.map(({ row }) => row));
  }

  /** Show a face's probabilities, or none. */
  show(face) {
    const now = performance.now();
    const words = !face || now - this.written > WORDS_EVERY;
    if (words) this.written = now;
    for (const { name, row, fill, value } of this.rows ?? []) {
      const share = face?.probabilities[name] ?? 0;
      fill.style.transform = `translateX(${100 * (share - 1)}%)`;
      row.classList.toggle("most", face?.expression === name);
      if (words) write(value, face ? percent(share) : "–");
    }
  }
}
