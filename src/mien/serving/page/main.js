// The page: one connection, one camera, three tabs.
import { announce } from "./announce.js";
import { networks, streamAddress } from "./api.js";
import { Camera } from "./camera.js";
import { CameraTab } from "./camera_tab.js";
import { Connection } from "./connection.js";
import { byId, make, percent, write } from "./dom.js";
import { loadEmoji } from "./emoji.js";
import { GameTab } from "./game.js";
import { PhotoTab } from "./photos.js";
import { Tabs } from "./tabs.js";

const LOCAL = ["localhost", "127.0.0.1", "[::1]"];

class App {
  networks = new Map();
  hello = null;
  net = ""; // the network that was chosen here

  constructor() {
    this.connection = new Connection(streamAddress());
    this.camera = new Camera();
    this.tabs = new Tabs();
    this.cameraTab = new CameraTab(this);
    this.photoTab = new PhotoTab(this);
    this.gameTab = new GameTab(this);
    this.connection.addEventListener("message", ({ detail }) => this.#receive(detail));
    this.connection.addEventListener("state", () => this.#showConnection());
    byId("gone-again").onclick = () => this.connection.retry();
    byId("network").onchange = ({ target }) => this.#send({ net: (this.net = target.value) });
    for (const id of ["smooth", "confidence"]) byId(id).oninput = () => this.#change();
    this.#showSettings();
    this.#sayWhere();
    this.connection.open();
  }

  get classes() {
    return this.hello?.classes ?? [];
  }

  /** The settings of reading, by the names that mien has for them. */
  settings() {
    return {
      smooth: Number(byId("smooth").value),
      min_confidence: Number(byId("confidence").value),
    };
  }

  /** What reads: for metadata.json. */
  about() {
    const { version, network, classes } = this.hello;
    return {
      program: "mien",
      version,
      network,
      sha256: this.networks.get(network)?.sha256 ?? null,
      classes,
    };
  }

  #receive(message) {
    if (message.type === "hello") this.#greet(message);
    if (message.type === "faces") this.cameraTab.show(message);
    if (message.type === "neutral") this.cameraTab.neutrals.receive(message);
    if (message.type === "error") this.#complain(message);
  }

  async #greet(hello) {
    this.hello = hello;
    await loadEmoji(hello.classes);
    this.cameraTab.setClasses(hello.classes);
    this.gameTab.setClasses(hello.classes);
    this.#listNetworks();
    this.#send(this.settings());
    if (this.net && this.net !== hello.network) this.#send({ net: this.net });
    this.networks = await networks().catch(() => new Map());
    this.#listNetworks();
  }

  #listNetworks() {
    const here = this.hello.networks.filter((name) => this.networks.get(name)?.available ?? true);
    const options = here.map((name) =>
      make("option", { value: name, textContent: name, selected: name === this.hello.network }),
    );
    byId("network").replaceChildren(...options);
  }

  #complain({ title, detail, time }) {
    if (time === undefined && this.cameraTab.neutrals.taking !== undefined) {
      this.cameraTab.neutrals.fail(detail);
    } else {
      this.cameraTab.hint(`${title}. ${detail}`);
    }
  }

  #send(settings) {
    this.connection.command({ type: "settings", ...settings });
  }

  #change() {
    this.#showSettings();
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      this.#send(this.settings());
      this.cameraTab.recording.note(this.settings());
    }, 150);
  }

  #showSettings() {
    const { smooth, min_confidence: confidence } = this.settings();
    write(byId("smooth-value"), smooth ? `${smooth.toFixed(1)} s` : "off");
    write(byId("confidence-value"), percent(confidence));
    byId("smooth").setAttribute("aria-valuetext", byId("smooth-value").textContent);
    byId("confidence").setAttribute("aria-valuetext", byId("confidence-value").textContent);
  }

  #showConnection() {
    const { state } = this.connection;
    byId("server").dataset.state = state;
    write(
      byId("server-words"),
      { open: "Ready", connecting: "Connecting", lost: "Server gone" }[state],
    );
    clearInterval(this.countdown);
    if (state === "open") {
      if (this.wasLost) announce("The server is back");
      this.wasLost = false;
      byId("gone").hidden = true;
    }
    if (state !== "lost") return;
    if (!this.wasLost) {
      announce("The server is gone. Trying again.");
      this.cameraTab.recording.note({ event: "server gone" });
      this.cameraTab.forget();
    }
    this.wasLost = true;
    byId("gone").hidden = false;
    this.#count();
    this.countdown = setInterval(() => this.#count(), 250);
  }

  #count() {
    const left = Math.max(0, Math.ceil(this.connection.retryAt - performance.now() / 1000));
    write(
      byId("gone-words"),
      `The server is gone. If it was stopped, start mien again. Next try in ${left} s.`,
    );
  }

  #sayWhere() {
    if (LOCAL.includes(location.hostname)) return;
    write(byId("where"), `Pictures go to ${location.hostname} and nowhere else.`);
    write(
      byId("where-more"),
      "The server there reads them in memory and drops them. Nothing is stored unless you save it.",
    );
  }
}

new App();
