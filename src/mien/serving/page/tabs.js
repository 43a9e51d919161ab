// Tabs that arrow keys move through.
import { byId } from "./dom.js";

export class Tabs extends EventTarget {
  constructor() {
    super();
    this.buttons = [...document.querySelectorAll("[role=tab]")];
    for (const button of this.buttons) {
      button.onclick = () => this.show(button.getAttribute("aria-controls"));
      button.onkeydown = (event) => this.#press(event);
    }
    this.current = "camera";
    const named = location.hash.slice(1);
    if (this.buttons.some((button) => button.getAttribute("aria-controls") === named))
      this.show(named);
  }

  /** Show a tab's panel. */
  show(name, focus = false) {
    this.current = name;
    for (const button of this.buttons) {
      const panel = button.getAttribute("aria-controls");
      const on = panel === name;
      button.setAttribute("aria-selected", on);
      button.tabIndex = on ? 0 : -1;
      byId(panel).hidden = !on;
      if (on && focus) button.focus();
    }
    history.replaceState(null, "", name === "camera" ? location.pathname : `#${name}`);
    this.dispatchEvent(new Event("change"));
  }

  #press(event) {
    const here = this.buttons.indexOf(event.target);
    const place = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: -1 }[event.key];
    if (place === undefined) return;
    event.preventDefault();
    const next = this.buttons.at(place % this.buttons.length);
    this.show(next.getAttribute("aria-controls"), true);
  }
}
