// The stage: starts and stops the camera, and says what is wrong with it.
import { announce } from "./announce.js";
import { TROUBLE } from "./camera.js";
import { byId, calm, make, write } from "./dom.js";
import { emojiAddress } from "./emoji.js";

const WELCOME = ["Put an emoji on your face", "mien reads your expression, frame by frame."];
const ASKING = [
  "May mien use your camera?",
  "Your browser asks you now. Pictures are read and dropped, never stored.",
];
const NEEDED = ["stop", "pause", "snapshot", "record"];

export class Stage {
  constructor(tab) {
    this.tab = tab;
    this.camera = tab.app.camera;
    this.camera.addEventListener("state", () => this.#show());
    byId("start").onclick = () => this.camera.start(byId("device").value);
    byId("stop").onclick = () => this.camera.stop();
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
    for (const id of NEEDED) byId(id).disabled = !on;
    byId("rate").hidden = !on;
    byId("cover").hidden = on;
    const [title, words] = TROUBLE[state] ?? (state === "asking" ? ASKING : WELCOME);
    write(byId("cover-title"), title);
    write(byId("cover-words"), words);
    byId("start").hidden = state === "asking" || state === "insecure";
    byId("start").lastChild.data = state in TROUBLE ? "Try again" : "Start the camera";
    if (state !== "off") announce(on ? "The camera is on" : `${title}. ${words}`);
    on ? this.#run(stream) : this.#rest();
  }

  async #run(stream) {
    const { video, pump } = this.tab;
    video.srcObject = stream;
    await video.play().catch(() => {});
    this.#fit();
    video.onresize = () => this.#fit();
    pump.paused = false;
    byId("pause").setAttribute("aria-pressed", "false");
    this.tab.clear();
    pump.start();
    if (!calm()) byId("stage").animate?.([{ opacity: 0.4 }, { opacity: 1 }], 200);
    this.#list();
  }

  #rest() {
    const { video, pump, recording } = this.tab;
    pump.stop();
    video.srcObject = null;
    recording.stop();
    this.tab.clear();
    this.tab.neutrals.update(false);
  }

  /** Give the stage the shape of the camera's picture. */
  #fit() {
    const { videoWidth: width, videoHeight: height } = this.tab.video;
    if (width) byId("stage").style.aspectRatio = `${width} / ${height}`;
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
