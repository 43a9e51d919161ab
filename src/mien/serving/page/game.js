// Six faces: asks for each expression in turn, photographs, and shows what was read.
import { announce } from "./announce.js";
import { detect } from "./api.js";
import { TROUBLE } from "./camera.js";
import { byId, calm, download, fileName, make, percent, png, write } from "./dom.js";
import { emojiAddress } from "./emoji.js";
import { drawSheet } from "./game_sheet.js";

const COUNT = 3; // seconds
const NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const ROOM = 0.35; // around a face's box, as a share of its side
const CROP = 320; // pixels

export class GameTab {
  shots = []; // for each class: {asked, face, crop} or {asked, trouble}
  running = false;

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
    this.#showTiles();
  }

  /** Ask for all expressions, or for one again. */
  async play(asked = this.asked) {
    if (!this.asked?.length) return;
    this.running = true;
    if (asked.length === this.asked.length) this.shots = [];
    this.#showButtons();
    this.#showTiles();
    if (await this.#camera()) {
      for (const expression of asked) {
        if (!(await this.#ask(expression))) break;
      }
    }
    const whole = this.running && this.shots.length === this.asked.length;
    this.running = false;
    this.#showButtons();
    this.#showTiles();
    if (whole) this.#ended();
  }

  stop() {
    this.running = false;
    this.hurry?.();
    write(byId("ask-words"), "Stopped.");
  }

  /** Wait for the camera; false if there is none. */
  async #camera() {
    const { camera } = this.app;
    if (camera.state !== "on") {
      await camera.start(byId("device").value);
    }
    this.#attach();
    if (camera.state !== "on") {
      write(byId("ask-words"), (TROUBLE[camera.state] ?? TROUBLE.busy).join(". "));
      return false;
    }
    if (!this.video.videoWidth) await new Promise((done) => (this.video.onloadeddata = done));
    return true;
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
    if (gone && this.running) this.stop();
  }

  async #ask(expression) {
    byId("ask-emoji").src = emojiAddress(expression);
    write(byId("ask-words"), `Show: ${expression.name}`);
    await this.#countDown();
    if (!this.running) return false;
    if (!calm())
      byId("game-stage").animate?.([{ filter: "brightness(2.2)" }, { filter: "none" }], 350);
    const shot = await this.#photograph(expression);
    const place = this.shots.findIndex(({ asked }) => asked.name === expression.name);
    place < 0 ? this.shots.push(shot) : (this.shots[place] = shot);
    this.#showTiles();
    return this.running;
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
    try {
      const { faces } = await detect(photo, `${asked.name}.jpg`, options);
      if (!faces.length) return { asked, trouble: "No face was found", crop: crop(canvas, null) };
      return { asked, face: faces[0], crop: crop(canvas, faces[0].box, this.app.cameraTab.mirror) };
    } catch (error) {
      return { asked, trouble: error.message, crop: crop(canvas, null) };
    }
  }

  get right() {
    return this.shots.filter(({ asked, face }) => face?.expression === asked.name).length;
  }

  #ended() {
    const score = `${this.right} of ${this.shots.length} right`;
    byId("ask-emoji").src = "icon.svg";
    write(byId("ask-words"), `Done: ${score}.`);
    announce(score);
    byId("game-save").focus();
  }

  #showButtons() {
    byId("game-start").textContent = this.running
      ? "Stop"
      : this.shots.length
        ? "Start again"
        : "Start";
    byId("game-now").disabled = !this.running;
    byId("game-save").disabled = this.running || !this.shots.length;
  }

  #showTiles() {
    const tiles = (this.asked ?? []).map((expression) => this.#tile(expression));
    byId("game-tiles").replaceChildren(...tiles);
    write(
      byId("game-score"),
      this.shots.length ? `${this.right} of ${this.shots.length} right` : "",
    );
  }

  #tile(expression) {
    const shot = this.shots.find(({ asked }) => asked.name === expression.name);
    const image = (one, alt) => make("img", { src: emojiAddress(one), alt, width: 48, height: 48 });
    if (!shot) {
      return make(
        "li",
        { className: "tile empty" },
        image(expression, ""),
        make("p", { textContent: expression.name }),
      );
    }
    const read = this.app.classes.find(({ name }) => name === shot.face?.expression);
    const right = read?.name === expression.name;
    const pair = make(
      "div",
      { className: "pair" },
      image(expression, `Asked: ${expression.name}`),
      "→",
    );
    pair.append(read ? image(read, `Read: ${read.name}`) : "–");
    const verdict = make("p", {
      className: `verdict ${right ? "right" : "wrong"}`,
      textContent: verdictWords(shot, right),
    });
    const again = make("button", {
      type: "button",
      textContent: "Again",
      disabled: this.running,
      onclick: () => this.play([expression]),
    });
    again.setAttribute("aria-label", `Again: ${expression.name}`);
    const tile = make("li", { className: "tile" }, shot.crop, pair, verdict, again);
    tile.dataset.right = right;
    return tile;
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

/** Say what was read: "✓ happy 93%", "✗ sad 62%". */
export function verdictWords({ face, trouble }, right) {
  return face
    ? `${right ? "✓" : "✗"} ${face.expression} ${percent(face.confidence)}`
    : `✗ ${trouble}`;
}

/** Cut a square around a face, as far as the picture goes, or around the middle. */
function crop(picture, box, mirror = true) {
  const { width, height } = picture;
  const [x, y, w, h] = box ?? [0, 0, width, height];
  const side = Math.min(Math.max(w, h) * (1 + 2 * ROOM), width, height);
  const within = (from, most) => Math.min(Math.max(from, 0), most - side);
  const [left, top] = [within(x + w / 2 - side / 2, width), within(y + h / 2 - side / 2, height)];
  const canvas = make("canvas", { width: CROP, height: CROP });
  const context = canvas.getContext("2d");
  if (mirror) context.setTransform(-1, 0, 0, 1, CROP, 0);
  context.drawImage(picture, left, top, side, side, 0, 0, CROP, CROP);
  return canvas;
}
