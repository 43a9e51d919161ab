// A person's own neutral face: taken, shown, saved and loaded, one for each face.
import { announce } from "./announce.js";
import { byId, download, make, write } from "./dom.js";

const SECONDS = 3;
const PATIENCE = 15; // seconds until an answer that does not come is given up
const DOUBT = "The face was out of sight, or not neutral enough.";

/** Keeps the profiles; `chosen` returns the face_id that the buttons mean. */
export class Neutrals {
  profiles = []; // {neutral, face (a face_id or null), doubts}

  constructor(connection, chosen) {
    Object.assign(this, { connection, chosen });
    byId("neutral-take").onclick = () => this.#take();
    byId("neutral-file").onchange = ({ target }) => this.#load(target);
  }

  /** Enable what can be done now. */
  update(ready) {
    byId("neutral-take").disabled = !ready || this.taking !== undefined;
    const state = `${ready} ${this.chosen()} ${this.profiles.map(({ face }) => face)}`;
    if (state !== this.state) this.#list(ready);
    this.state = state;
  }

  /** The server began anew and knows no face and no profile. */
  forget() {
    for (const profile of this.profiles) profile.face = null;
    this.#done();
    this.state = "";
  }

  /** Take the server's answer to learning or setting a neutral face. */
  receive({ face_id: face, neutral, doubts = [] }) {
    if (this.taking !== face || !neutral) return;
    this.#done();
    this.#assign({ neutral, face, doubts });
    this.say(`Face ${face} is read against its own neutral face. ${doubts.join(" ")}`.trim());
  }

  /** Say that a neutral face could not be taken. */
  fail(why) {
    if (this.taking === undefined) return;
    this.#done();
    this.say(why || DOUBT);
  }

  say(text) {
    write(byId("neutral-words"), text);
    announce(text);
  }

  #take() {
    this.taking = this.chosen();
    if (this.taking === null || this.taking === undefined) return;
    const begun = performance.now();
    this.connection.command({ type: "learn_neutral", face_id: this.taking, seconds: SECONDS });
    this.say("Relax your face and look at the camera.");
    byId("neutral-take").disabled = true;
    const bar = byId("neutral-progress");
    bar.hidden = false;
    this.timer = setInterval(() => {
      bar.value = (performance.now() - begun) / 1000;
      if (bar.value >= SECONDS && performance.now() - begun > PATIENCE * 1000) this.fail(DOUBT);
    }, 100);
  }

  #done() {
    this.taking = undefined;
    clearInterval(this.timer);
    Object.assign(byId("neutral-progress"), { hidden: true, value: 0 });
  }

  #assign(profile) {
    for (const other of this.profiles) {
      if (other !== profile && other.face === profile.face) other.face = null;
    }
    if (!this.profiles.includes(profile)) this.profiles.push(profile);
    this.state = "";
  }

  async #load(input) {
    const file = input.files[0];
    input.value = "";
    try {
      const neutral = JSON.parse(await file.text());
      if (neutral.kind !== "mien neutral") throw new Error();
      this.profiles.push({ neutral, face: null, doubts: neutral.doubts ?? [], name: file.name });
      this.say(`${file.name} is loaded. Choose which face it belongs to.`);
    } catch {
      this.say(`${file.name} is not a neutral face that mien wrote.`);
    }
    this.state = "";
  }

  #use(profile) {
    profile.face = this.chosen();
    this.#assign(profile);
    this.connection.command({
      type: "set_neutral",
      face_id: profile.face,
      neutral: profile.neutral,
    });
  }

  #drop(profile) {
    if (profile.face !== null) {
      this.connection.command({ type: "set_neutral", face_id: profile.face, neutral: null });
    }
    profile.face = null;
    this.state = "";
  }

  #remove(profile) {
    this.#drop(profile);
    this.profiles.splice(this.profiles.indexOf(profile), 1);
  }

  #list(ready) {
    const items = this.profiles.map((profile, place) => {
      const name = profile.name ?? `Neutral face ${place + 1}`;
      const used = profile.face === null ? "not in use" : `face ${profile.face} is read against it`;
      const button = (words, act) => {
        const element = make("button", {
          type: "button",
          textContent: words,
          onclick: () => act(profile),
        });
        element.setAttribute("aria-label", `${words}: ${name}`);
        return element;
      };
      const use = button("Use", () => this.#use(profile));
      use.disabled = !ready;
      const buttons = [
        profile.face === null ? use : button("Stop using", () => this.#drop(profile)),
        button("Save", () => save(profile)),
        button("Remove", () => this.#remove(profile)),
      ];
      const words = make("p", {}, make("strong", { textContent: name }), ` ${used}`);
      return make("li", {}, words, make("div", { className: "row" }, ...buttons));
    });
    byId("profiles").replaceChildren(...items);
  }
}

function save({ neutral }) {
  const text = `${JSON.stringify(neutral, null, 2)}\n`;
  download(new Blob([text], { type: "application/json" }), "neutral.json");
}
