// The camera tab: puts camera, stream, overlay, bars, timeline and neutral faces together.
import { announce, ExpressionNews } from "./announce.js";
import { Bars } from "./bars.js";
import { byId, calm, download, fileName, make, png, write } from "./dom.js";
import { emojiAddress } from "./emoji.js";
import { LiveOverlay } from "./live_overlay.js";
import { Neutrals } from "./neutral.js";
import { faceWords, shownClass } from "./overlay.js";
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
const NO_FACE_AFTER = 1; // seconds

export class CameraTab {
  mirror = true;
  chosen = null; // face_id
  answer = null;
  classes = [];

  constructor(app) {
    this.app = app;
    this.video = byId("video");
    this.overlay = new LiveOverlay(byId("overlay"));
    this.bars = new Bars(byId("bars"));
    this.timeline = new Timeline(byId("timeline"));
    this.neutrals = new Neutrals(app.connection, () => this.chosen);
    this.pump = new Pump(this.video, app.connection);
    this.recording = new Recording(this);
    this.stage = new Stage(this);
    this.news = new ExpressionNews();
    byId("pause").onclick = () => this.pause(!this.pump.paused);
    byId("mirror").onclick = () => this.setMirror(!this.mirror);
    byId("snapshot").onclick = () => this.snapshot();
    app.tabs.addEventListener("change", () => this.rest());
    this.setMirror(true);
  }

  /** Leave the server alone while another tab is open, unless a session is recorded. */
  rest() {
    this.pump.idle = this.app.tabs.current !== "camera" && !this.recording.session;
  }

  /** Take a network's classes. */
  setClasses(classes) {
    this.classes = classes;
    this.bars.setClasses(classes);
    this.timeline.setClasses(classes);
    this.stage.parade(classes);
    this.forget();
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
    this.hint("");
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
    this.neutrals.update(Boolean(face));
    this.#showNow(face);
    this.#showFaces(answer.faces);
    this.#showRate(answer.time);
    this.#warn(answer, face);
    if (face) this.news.update(answer.time, faceWords(face).name);
  }

  /** Keep the chosen face while it is there; otherwise take the largest. */
  #choose(faces) {
    const area = ({ box: [, , w, h] }) => w * h;
    const largest = faces.toSorted((one, other) => area(other) - area(one))[0];
    const face = faces.find(({ face_id: id }) => id === this.chosen) ?? largest;
    if (face) this.chosen = face.face_id;
    return face;
  }

  #showNow(face) {
    const now = performance.now();
    const shown = face
      ? shownClass(face, this.classes)
      : { name: "", emoji: "", colour: "#9a9a9a" };
    const image = byId("now-emoji");
    const address = emojiAddress(shown);
    if (image.src !== address) {
      image.src = address;
      if (face && !calm())
        image.animate?.(
          [{ transform: "scale(.8)" }, { transform: "scale(1.08)" }, { transform: "none" }],
          260,
        );
    }
    const { name, share, notes } = face
      ? faceWords(face)
      : { name: "No face yet", share: "", notes: "" };
    write(byId("now-name"), name);
    if (face && now - (this.wordsAt ?? 0) < 200) return;
    this.wordsAt = now;
    const idle = this.pump.running ? "Look at the camera." : "Start the camera to see one.";
    write(byId("now-words"), face ? `${share} confident${notes ? `, ${notes}` : ""}` : idle);
  }

  /** A button for each face, if there are several. */
  #showFaces(faces) {
    const group = byId("faces");
    group.hidden = faces.length < 2;
    const state = faces.map(({ face_id: id }) => `${id}${id === this.chosen}`).join();
    if (state === this.facesState) return;
    this.facesState = state;
    const buttons = faces.map(({ face_id: id }) => {
      const button = make("button", {
        type: "button",
        textContent: `Face ${id}`,
        onclick: () => (this.chosen = id),
      });
      button.setAttribute("aria-pressed", id === this.chosen);
      return button;
    });
    group.replaceChildren(...buttons);
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
    const lost = !face && answer.time - this.seenAt > NO_FACE_AFTER;
    this.hint(face ? (HINTS[face.doubt] ?? "") : lost ? NO_FACE : (this.hinted ?? ""));
  }

  /** Show a hint over the picture; a new one is also told. */
  hint(text) {
    if (text === this.hinted) return;
    this.hinted = text;
    byId("hint").hidden = !text;
    write(byId("hint"), text);
    if (text) announce(text);
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
