// Six faces: asks for each expression in turn, photographs, and shows what was read.
import { announce } from "./announce.js";
import { detect } from "./api.js";
import { TROUBLE } from "./camera.js";
import { byId, download, fileName, lessMotion, make, png, replaceItems, write } from "./dom.js";
import { emojiAddress } from "./emoji.js";
import { drawSheet, verdictWords } from "./game_sheet.js";
import { largestFace } from "./overlay.js";

const COUNT = 3; // seconds
const NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const ROOM = 0.35; // around a face's box, as a share of its side
const CROP = 320; // pixels

export class GameTab {
  shots = []; // for each class that was asked for: {asked, crop, face}, or {asked, crop, trouble}
  round = null; // what runs now

  constructor(app) {
    this.app = app;
    this.video = byId("game-video");
    byId("game-start").onclick = () => (this.running ? this.stop() : this.play());
    byId("game-now").onclick = () => this.hurry?.();
    byId("game-save").onclick = () => this.save();
    app.tabs.addEventListener("change", () => this.#attach());
    app.camera.addEventListener("state", () => this.#attach());
  }

  /** Take a network's classes: all but neutral, which needs no acting. */
  setClasses(classes) {
    const key = JSON.stringify(classes);
    if (key === this.key) return; // the server is back, and the shots stay
    this.key = key;
    this.stop();
    this.asked = classes.filter(({ name }) => name !== "neutral");
    const number = NUMBERS[this.asked.length] ?? String(this.asked.length);
    this.title = `${number[0].toUpperCase()}${number.slice(1)} faces`;
    write(byId("tab-game"), this.title);
    write(byId("game-title"), this.title);
    write(
      byId("game-words"),
      `mien asks for ${number} expressions, takes a photo of each, and says what it read.`,
    );
    write(byId("game-cover-words"), `It takes about ${this.asked.length * (COUNT + 2)} seconds.`);
    this.shots = [];
    this.#show();
  }

  get running() {
    return this.round !== null;
  }

  /** The expressions that have no shot yet. */
  get missing() {
    return this.asked.filter(({ name }) => !this.shots.some(({ asked }) => asked.name === name));
  }

  /** Go on with the expressions that are missing; begin again if none is. */
  play() {
    if (!this.asked?.length) return;
    if (!this.missing.length) this.shots = [];
    this.#playRound(this.missing);
  }

  /** Ask for some expressions. A round ends when it is done, stopped, or something is wrong. */
  async #playRound(asked) {
    const round = (this.round = {});
    byId("game-start").focus();
    this.#show();
    try {
      await this.#startCamera();
      for (const expression of asked) {
        if (this.round === round) await this.#ask(expression, round);
      }
    } catch (error) {
      if (this.round === round) this.stop(error.message);
    }
    if (this.round !== round) return;
    this.round = null;
    this.#show();
    if (this.missing.length) write(byId("ask-words"), "Go on when you are ready.");
    else this.#end();
  }

  stop(why = "Stopped.") {
    if (!this.running) return;
    this.round = null;
    this.hurry?.();
    write(byId("ask-words"), why);
    this.#show();
  }

  /** Wait for the camera's first picture; what is wrong with it is thrown. */
  async #startCamera() {
    const { camera } = this.app;
    if (camera.state !== "on") await camera.start(byId("device").value);
    this.#attach();
    if (camera.state !== "on") throw new Error((TROUBLE[camera.state] ?? TROUBLE.busy).join(". "));
    await this.video.play();
  }

  /** Show the camera here while this tab is open. */
  #attach() {
    const on = this.app.tabs.current === "game" && this.app.camera.state === "on";
    const gone = this.video.srcObject && !on;
    this.video.srcObject = on ? this.app.camera.stream : null;
    this.video.classList.toggle("mirrored", this.app.cameraTab.mirror);
    byId("game-stage").dataset.state = on ? "on" : "off";
    byId("game-cover").hidden = on;
    if (on) this.video.play().catch(() => {});
    if (gone) this.stop(TROUBLE[this.app.camera.state]?.join(". "));
  }

  async #ask(expression, round) {
    byId("ask-emoji").src = emojiAddress(expression);
    write(byId("ask-words"), `Show: ${expression.name}`);
    await this.#countDown();
    if (this.round !== round) return;
    if (!lessMotion())
      byId("game-stage").animate?.([{ filter: "brightness(2.2)" }, { filter: "none" }], 350);
    const shot = await this.#photograph(expression);
    if (this.round !== round) return;
    const place = this.shots.findIndex(({ asked }) => asked.name === expression.name);
    place < 0 ? this.shots.push(shot) : (this.shots[place] = shot);
    this.#showTiles();
  }

  async #countDown() {
    byId("count").hidden = false;
    let early = false;
    for (let left = COUNT; left && !early; left--) {
      write(byId("count"), String(left));
      await new Promise((done) => {
        const timer = setTimeout(done, 1000);
        this.hurry = () => {
          early = true;
          clearTimeout(timer);
          done();
        };
      });
    }
    this.hurry = null;
    byId("count").hidden = true;
  }

  async #photograph(asked) {
    const { videoWidth: width, videoHeight: height } = this.video;
    const canvas = make("canvas", { width, height });
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    const photo = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
    const options = {
      net: this.app.hello?.network,
      confidence: this.app.settings().min_confidence,
    };
    const { faces } = await detect(photo, `${asked.name}.jpg`, options);
    const face = largestFace(faces);
    const shot = { asked, crop: crop(canvas, face?.box, this.app.cameraTab.mirror) };
    return face ? { ...shot, face } : { ...shot, trouble: "No face was found" };
  }

  get right() {
    return this.shots.filter(({ asked, face }) => face?.expression === asked.name).length;
  }

  #end() {
    const score = `${this.right} of ${this.shots.length} right`;
    byId("ask-emoji").src = "icon.svg";
    write(byId("ask-words"), `Done: ${score}.`);
    announce(score);
    byId("game-save").focus();
  }

  #show() {
    const begun = this.missing.length ? "Go on" : "Start again";
    const start = this.shots.length ? begun : "Start";
    write(byId("game-start"), this.running ? "Stop" : start);
    byId("game-now").disabled = !this.running;
    byId("game-save").disabled = this.running || !this.shots.length;
    this.#showTiles();
  }

  #showTiles() {
    const tiles = (this.asked ?? []).map((expression) => this.#tile(expression));
    replaceItems(byId("game-tiles"), tiles);
    write(
      byId("game-score"),
      this.shots.length ? `${this.right} of ${this.shots.length} right` : "Your photos",
    );
  }

  #tile(expression) {
    const shot = this.shots.find(({ asked }) => asked.name === expression.name);
    if (shot) return this.#shotTile(shot);
    const name = make("p", { textContent: expression.name });
    return make("li", { className: "tile empty" }, picture(expression, ""), name);
  }

  #shotTile(shot) {
    const { asked } = shot;
    const read = this.app.classes.find(({ name }) => name === shot.face?.expression);
    const right = read?.name === asked.name;
    const pair = make("div", { className: "pair" }, picture(asked, `Asked: ${asked.name}`), "→");
    pair.append(read ? picture(read, `Read: ${read.name}`) : "–");
    const verdict = make("p", {
      className: `verdict ${right ? "right" : "wrong"}`,
      textContent: verdictWords(shot, right),
    });
    const tile = make("li", { className: "tile" }, shot.crop, pair, verdict, this.#again(asked));
    tile.dataset.right = right;
    return tile;
  }

  #again(expression) {
    const onclick = () => this.#playRound([expression]);
    const properties = { type: "button", textContent: "Again", disabled: this.running, onclick };
    const button = make("button", properties);
    button.setAttribute("aria-label", `Again: ${expression.name}`);
    return button;
  }

  async save() {
    const about = {
      title: this.title,
      right: this.right,
      network: this.app.hello.network,
      classes: this.app.classes,
    };
    download(await png(drawSheet(this.shots, about)), `${fileName("mien-faces")}.png`);
  }
}

const picture = (expression, alt) =>
  make("img", { src: emojiAddress(expression), alt, width: 48, height: 48 });

/** Cut a square around a face, as far as the picture goes, or around the middle. */
function crop(photo, box, mirror) {
  const { width, height } = photo;
  const [x, y, w, h] = box ?? [0, 0, width, height];
  const side = Math.min(Math.max(w, h) * (1 + 2 * ROOM), width, height);
  const within = (from, most) => Math.min(Math.max(from, 0), most - side);
  const [left, top] = [within(x + w / 2 - side / 2, width), within(y + h / 2 - side / 2, height)];
  const canvas = make("canvas", { width: CROP, height: CROP });
  const context = canvas.getContext("2d");
  if (mirror) context.setTransform(-1, 0, 0, 1, CROP, 0);
  context.drawImage(photo, left, top, side, side, 0, 0, CROP, CROP);
  return canvas;
}
