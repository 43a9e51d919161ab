// The stage: starts and stops the camera, and says what is wrong with it.
import { announce } from "./announce.js";
import { TROUBLE } from "./camera.js";
import { byId, lessMotion, make, write } from "./dom.js";
import { emojiAddress } from "./emoji.js";

const WELCOME = ["Put an emoji on your face", "mien reads your expression, frame by frame."];
const ASKING = [
  "May mien use your camera?",
  "Your browser asks you now. Pictures are read and dropped, never stored.",
];
const STILL = { preventScroll: true };
const NEEDED = ["stop", "pause", "snapshot", "record"];

export class Stage {
  constructor(tab) {
    this.tab = tab;
    this.camera = tab.app.camera;
    this.camera.addEventListener("state", () => this.#show());
    byId("start").onclick = () => this.camera.start(byId("device").value);
    byId("stop").onclick = () => this.camera.stop();
    this.tab.video.onresize = () => this.#fit();
    byId("to-photos").onclick = () => tab.app.tabs.show("photos", true);
    byId("device").onchange = ({ target }) =>
      this.camera.state === "on" && this.camera.start(target.value);
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#list());
    if (!window.isSecureContext || !navigator.mediaDevices) this.camera.start();
  }

  /** Show the emoji of a network's classes on the cover. */
  parade(classes) {
    const images = classes
      .slice(0, 7)
      .map((one) => make("img", { src: emojiAddress(one), alt: "", width: 56, height: 56 }));
    byId("cover-faces").replaceChildren(...images);
  }

  #show() {
    const { state, stream } = this.camera;
    const on = state === "on";
    byId("stage").dataset.state = state;
    byId("stage").dataset.running = on;
    const focused = document.activeElement;
    for (const id of NEEDED) byId(id).disabled = !on;
    byId("record").disabled ||= !this.tab.app.hello;
    byId("rate").hidden = !on;
    byId("cover").hidden = on;
    const [title, words] = TROUBLE[state] ?? (state === "asking" ? ASKING : WELCOME);
    write(byId("cover-title"), title);
    write(byId("cover-words"), words);
    byId("start").hidden = state === "asking" || state === "insecure";
    byId("start").lastChild.data = state in TROUBLE ? "Try again" : "Start the camera";
    if (state === "on") announce("The camera is on");
    else if (state in TROUBLE) announce(`${title}. ${words}`);
    on ? this.#run(stream) : this.#rest();
    this.#keepFocus(focused);
  }

  /** Move the focus on from a button that is not there any more. */
  #keepFocus(before) {
    const { state } = this.camera;
    if (before === byId("start") && state === "asking") byId("content").focus(STILL);
    const lost = before === byId("stop") || before === byId("pause");
    if (lost && state !== "on") byId("start").focus(STILL);
    if (before === byId("content") && state !== "asking")
      byId(state === "on" ? "pause" : "start").focus(STILL);
  }

  async #run(stream) {
    const { video, pump } = this.tab;
    video.srcObject = stream;
    await video.play().catch(() => {});
    this.#fit();
    pump.paused = false;
    byId("pause").setAttribute("aria-pressed", "false");
    this.tab.clear();
    pump.start();
    if (!lessMotion()) byId("stage").animate?.([{ opacity: 0.4 }, { opacity: 1 }], 200);
    this.#list();
  }

  #rest() {
    const { video, pump, recording } = this.tab;
    pump.stop();
    video.srcObject = null;
    recording.stop();
    this.tab.clear();
    this.tab.neutrals.update([], null);
  }

  /** Give the stages the shape of the camera's picture. */
  #fit() {
    const { videoWidth: width, videoHeight: height } = this.tab.video;
    if (!width) return;
    byId("content").style.setProperty("--shape", width / height);
    this.tab.recording.resize(width, height);
  }

  async #list() {
    const cameras = await this.camera.list();
    const used = this.camera.track?.getSettings().deviceId ?? byId("device").value;
    const options = cameras.map(({ deviceId, label }, place) =>
      make("option", {
        value: deviceId,
        textContent: label || `Camera ${place + 1}`,
        selected: deviceId === used,
      }),
    );
    byId("device").replaceChildren(
      ...(options.length ? options : [make("option", { textContent: "No camera" })]),
    );
  }
}
