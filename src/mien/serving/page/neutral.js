// A person's own neutral face: taken, shown, saved and loaded, one for each face.
import { announce } from "./announce.js";
import { byId, download, make, replaceItems, write } from "./dom.js";

const SECONDS = 3;
const PATIENCE = 15; // seconds until an answer that does not come is given up
const NO_ANSWER = "The face was out of sight for too long. Take it again.";
const LARGEST = 100_000; // bytes; a file of mien's has about a thousand

/** Keeps the neutral faces of this session, and which face is read against which. */
export class Neutrals {
  profiles = []; // {neutral, name, face: the face_id that is read against it, or null}
  network = ""; // the name of the one that reads
  #asked = null; // what the server has not answered yet: {face, profile}, no profile to learn one
  #rows = [];
  #taken = 0;
  #faces = []; // the face_ids in the picture
  #chosen = null; // the face_id that the buttons mean

  constructor(connection) {
    this.connection = connection;
    byId("neutral-take").onclick = () => this.#take();
    byId("neutral-file").onchange = ({ target }) => this.#load(target);
  }

  /** Take in which faces are in the picture, and which of them is chosen. */
  update(faces, chosen) {
    this.#faces = faces;
    this.#chosen = chosen;
    const several = faces.length > 1 && chosen !== null;
    write(byId("neutral-take"), several ? `Take face ${chosen}'s` : "Take it");
    enable(byId("neutral-take"), chosen !== null && !this.#asked);
    for (const row of this.#rows) this.#refresh(row);
  }

  /** The server began anew and knows no face and no neutral face. */
  forget() {
    const lost = this.#asked || this.profiles.some(({ face }) => face !== null);
    for (const profile of this.profiles) profile.face = null;
    this.#end();
    this.update([], null);
    if (lost) this.#say("The server forgot your neutral face. Take it again, or use one below.");
  }

  get waits() {
    return this.#asked !== null;
  }

  /** Take the server's answer to learning or setting a neutral face. */
  receive({ face_id: face, neutral, doubts = [] }) {
    if (this.#asked?.face !== face) return;
    const profile = this.#asked.profile ?? this.#add(neutral, `Neutral face ${++this.#taken}`);
    this.#end();
    for (const other of this.profiles) if (other.face === face) other.face = null;
    profile.face = neutral ? face : null;
    const words = neutral
      ? `Face ${face} is read against its own neutral face from now on, in this session.`
      : `Face ${face} is read without a neutral face.`;
    this.#say([words, ...doubts].join(" "));
    this.update(this.#faces, this.#chosen);
  }

  /** Say why the server did not do what it was asked for. */
  fail(why) {
    this.#end();
    this.#say(why);
    this.update(this.#faces, this.#chosen);
  }

  #say(text) {
    write(byId("neutral-words"), text);
    announce(text);
  }

  #take() {
    if (this.#chosen === null || this.#asked) return;
    const begun = performance.now();
    this.connection.command({ type: "learn_neutral", face_id: this.#chosen, seconds: SECONDS });
    this.#wait({ face: this.#chosen });
    this.#say("Relax your face and look at the camera.");
    const bar = byId("neutral-progress");
    bar.hidden = false;
    this.ticking = setInterval(() => (bar.value = (performance.now() - begun) / 1000), 100);
  }

  #set(profile, face, neutral) {
    if (this.#asked) return;
    this.connection.command({ type: "set_neutral", face_id: face, neutral });
    this.#wait({ face, profile });
  }

  #wait(asked) {
    this.#asked = asked;
    this.timer = setTimeout(() => this.fail(NO_ANSWER), 1000 * PATIENCE);
    this.update(this.#faces, this.#chosen);
  }

  #end() {
    this.#asked = null;
    clearTimeout(this.timer);
    clearInterval(this.ticking);
    Object.assign(byId("neutral-progress"), { hidden: true, value: 0 });
  }

  #add(neutral, name) {
    const profile = { neutral, name, face: null };
    this.profiles.push(profile);
    this.#list();
    return profile;
  }

  async #load(input) {
    const [file] = input.files;
    if (!file) return;
    const neutral = file.size < LARGEST ? parse(await file.text().catch(() => "")) : null;
    input.value = "";
    if (!isNeutral(neutral)) {
      this.#say(`${file.name} is not a neutral face that mien wrote.`);
      return;
    }
    this.#add(neutral, file.name);
    this.#say(`${file.name} is loaded. Choose the face that it belongs to, then use it.`);
  }

  #remove(profile) {
    if (this.#asked) return;
    if (profile.face !== null) this.#set(profile, profile.face, null);
    this.profiles.splice(this.profiles.indexOf(profile), 1);
    this.#list();
    if (document.activeElement === document.body) byId("neutral-take").focus();
  }

  #isUsed({ face }) {
    return face !== null && this.#faces.includes(face);
  }

  #status({ neutral, face }) {
    if (neutral.network !== this.network) return `It can be used with ${neutral.network} only.`;
    if (face === null) return "No face is read against it.";
    return this.#faces.includes(face)
      ? `Face ${face} is read against it.`
      : `Face ${face}, which is read against it, is not in the picture.`;
  }

  #list() {
    this.#rows = this.profiles.map((profile) => this.#row(profile));
    replaceItems(
      byId("profiles"),
      this.#rows.map(({ item }) => item),
    );
    byId("neutral-note").hidden = !this.profiles.length;
  }

  #row(profile) {
    const button = (words, onclick) => {
      const element = make("button", { type: "button", textContent: words, onclick });
      element.setAttribute("aria-label", `${words}: ${profile.name}`);
      return element;
    };
    const use = button("Use", () => this.#use(profile));
    const buttons = [
      use,
      button("Save", () => save(profile)),
      button("Remove", () => this.#remove(profile)),
    ];
    const status = make("span", { className: "soft" });
    const words = make("p", {}, make("strong", { textContent: profile.name }), " ", status);
    const item = make("li", {}, words, make("div", { className: "row" }, ...buttons));
    const row = { profile, item, status, use };
    this.#refresh(row);
    return row;
  }

  #refresh({ profile, status, use }) {
    const used = this.#isUsed(profile);
    const offer = this.#chosen === null ? "Use" : `Use for face ${this.#chosen}`;
    const words = used ? "Stop using" : offer;
    write(use, words);
    use.setAttribute("aria-label", `${words}: ${profile.name}`);
    const can = used || (this.#chosen !== null && profile.neutral.network === this.network);
    enable(use, can && !this.#asked);
    write(status, this.#status(profile));
  }

  #use(profile) {
    if (profile.neutral.network !== this.network) return;
    if (this.#isUsed(profile)) this.#set(profile, profile.face, null);
    else if (this.#chosen !== null) this.#set(profile, this.#chosen, profile.neutral);
  }
}

/** Enable a button or not, without taking the focus from it. */
function enable(button, on) {
  button.setAttribute("aria-disabled", !on);
}

/** Whether it may be what mien writes; the server checks it before it is used. */
function isNeutral(neutral) {
  const { kind, network, sha256, log_probabilities: logs } = neutral ?? {};
  const named = [network, sha256].every((name) => typeof name === "string");
  return kind === "mien neutral" && named && Array.isArray(logs);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function save({ neutral }) {
  const text = `${JSON.stringify(neutral, null, 2)}\n`;
  download(new Blob([text], { type: "application/json" }), "neutral.json");
}
