// The camera tab: puts camera, stream, overlay, bars, timeline and neutral faces together.
import { announce, News } from "./announce.js";
import { Bars, WORDS_EVERY } from "./bars.js";
import { byId, download, fileName, lessMotion, make, png, replaceItems, write } from "./dom.js";
import { emojiAddress, UNSURE } from "./emoji.js";
import { Hint } from "./hint.js";
import { LiveOverlay } from "./live_overlay.js";
import { Neutrals } from "./neutral.js";
import { faceWords, largestFace, shownClass } from "./overlay.js";
import { Pump } from "./pump.js";
import { Recording } from "./recording.js";
import { drawPicture } from "./session.js";
import { Stage } from "./stage.js";
import { Timeline } from "./timeline.js";

const HINTS = {
  small: "This face is too small to be read surely. Come closer.",
  turned: "This face is turned too far to be read surely. Look at the camera.",
  dark: "This face is too dark to be read surely. Turn on a light.",
};
const NO_FACE = "No face in the picture. Look at the camera, with light on your face.";
const POP = [{ transform: "scale(.8)" }, { transform: "scale(1.08)" }, { transform: "none" }];
const NO_FACE_AFTER = 0.5; // seconds

export class CameraTab {
  mirror = true;
  chosen = null; // face_id
  answer = null;
  classes = [];
  wordsAt = 0;

  constructor(app) {
    this.app = app;
    this.video = byId("video");
    this.overlay = new LiveOverlay(byId("overlay"));
    this.bars = new Bars(byId("bars"));
    this.timeline = new Timeline(byId("timeline"));
    this.neutrals = new Neutrals(app.connection);
    this.hint = new Hint();
    this.pump = new Pump(this.video, app.connection);
    this.recording = new Recording(this);
    this.stage = new Stage(this);
    this.news = new News();
    byId("pause").onclick = () => this.pause(!this.pump.paused);
    byId("mirror").onclick = () => this.setMirror(!this.mirror);
    byId("snapshot").onclick = () => this.snapshot();
    app.tabs.addEventListener("change", () => this.rest());
    // A hidden page gets hardly any frames of the camera.
    document.addEventListener("visibilitychange", () =>
      this.recording.note({ event: document.hidden ? "page hidden" : "page shown" }),
    );
    this.setMirror(true);
  }

  /** Leave the server alone while another tab is open, unless a session is recorded. */
  rest() {
    this.pump.idle = this.app.tabs.current !== "camera" && !this.recording.session;
  }

  /** Take the network that reads from now on. */
  setNetwork({ network, classes }) {
    this.classes = classes;
    this.bars.setClasses(classes);
    this.timeline.setClasses(classes);
    this.stage.parade(classes);
    this.neutrals.network = network;
    this.forget();
    byId("record").disabled = this.app.camera.state !== "on";
  }

  /** The server knows no face any more. */
  forget() {
    this.neutrals.forget();
    write(byId("fps"), "0");
    this.chosen = null;
    this.clear();
  }

  clear() {
    this.answer = null;
    this.seenAt = performance.now() / 1000;
    this.overlay.clear();
    this.recording.forget();
    this.bars.show(null);
    this.#showNow(null);
    this.#showFaces([]);
    this.hint.clear();
  }

  /** Show an answer of the server. */
  show(answer) {
    if (!this.pump.running) return;
    this.answer = answer;
    this.pump.answered(answer);
    if (this.pump.paused) return;
    const face = this.#choose(answer.faces);
    this.overlay.show(answer, {
      classes: this.classes,
      mirror: this.mirror,
      chosen: this.chosen ?? undefined,
    });
    this.bars.show(face);
    this.timeline.add(answer, this.chosen);
    this.recording.add(answer);
    const faces = answer.faces.toSorted((one, other) => one.face_id - other.face_id);
    this.neutrals.update(
      faces.map(({ face_id: id }) => id),
      face ? this.chosen : null,
    );
    this.#showNow(face);
    this.#showFaces(faces);
    this.#showRate(answer.time);
    this.#warn(answer, face);
    this.news.update(answer.time, this.hint.warning || (face ? faceWords(face).name : ""));
  }

  /** Keep the chosen face while it is there; otherwise take the largest. */
  #choose(faces) {
    const face = faces.find(({ face_id: id }) => id === this.chosen) ?? largestFace(faces);
    if (face) this.chosen = face.face_id;
    return face;
  }

  #showNow(face) {
    this.#showEmoji(face ? shownClass(face, this.classes) : UNSURE);
    if (!face) {
      write(byId("now-name"), "No face");
      const words = this.pump.running ? "Look at the camera." : "Start the camera to see one.";
      write(byId("now-words"), words);
      return;
    }
    const { name, share, notes } = faceWords(face);
    write(byId("now-name"), name);
    const now = performance.now();
    if (now - this.wordsAt < WORDS_EVERY) return;
    this.wordsAt = now;
    write(byId("now-words"), `${share} confident${notes ? `, ${notes}` : ""}`);
  }

  #showEmoji(shown) {
    const image = byId("now-emoji");
    const address = emojiAddress(shown);
    if (image.src === address) return;
    image.src = address;
    if (shown !== UNSURE && !lessMotion()) image.animate?.(POP, 260);
  }

  /** A button for each face, if there are several. */
  #showFaces(faces) {
    const group = byId("faces");
    group.hidden = faces.length < 2;
    const names = faces.map(({ face_id: id }) => `Face ${id}`);
    if (names.join() !== this.facesShown) {
      const buttons = faces.map(({ face_id: id }, place) =>
        make("button", {
          type: "button",
          textContent: names[place],
          onclick: () => (this.chosen = id),
        }),
      );
      replaceItems(group, buttons);
    }
    this.facesShown = names.join();
    [...group.children].forEach((button, place) =>
      button.setAttribute("aria-pressed", faces[place].face_id === this.chosen),
    );
  }

  #showRate(time) {
    if (time - (this.rateAt ?? 0) < 0.5) return;
    this.rateAt = time;
    write(byId("fps"), this.pump.fps.toFixed(0));
    write(byId("latency"), (1000 * this.pump.latency).toFixed(0));
    if (Math.floor(time) % 5) return;
    const words = this.timeline.words();
    write(byId("timeline-words"), words);
    byId("timeline").setAttribute(
      "aria-label",
      `Expressions of the last 30 seconds: ${words || "none"}.`,
    );
  }

  #warn(answer, face) {
    if (face) this.seenAt = answer.time;
    const missing = answer.time - this.seenAt > NO_FACE_AFTER;
    if (face || missing) this.hint.update(answer.time, face ? (HINTS[face.doubt] ?? "") : NO_FACE);
  }

  pause(paused) {
    this.pump.paused = paused;
    paused ? this.video.pause() : this.video.play();
    this.recording.pause(paused);
    byId("pause").setAttribute("aria-pressed", paused);
    announce(paused ? "Paused" : "Going on");
  }

  setMirror(mirror) {
    this.mirror = mirror;
    byId("mirror").setAttribute("aria-pressed", mirror);
    this.video.classList.toggle("mirrored", mirror);
    if (this.overlay.options) this.overlay.options.mirror = mirror;
    this.overlay.draw();
  }

  async snapshot() {
    const { videoWidth: width, videoHeight: height } = this.video;
    const canvas = make("canvas", { width, height });
    const options = { classes: this.classes, mirror: this.mirror };
    drawPicture(canvas.getContext("2d"), this.video, this.answer, options);
    download(await png(canvas), `${fileName()}.png`);
    announce("Snapshot saved");
  }
}
