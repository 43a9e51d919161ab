// The page: one connection, one camera, three tabs.
import { announce } from "./announce.js";
import { networks, statusOf, streamAddress } from "./api.js";
import { Camera } from "./camera.js";
import { CameraTab } from "./camera_tab.js";
import { Connection } from "./connection.js";
import { byId, make, percent, write } from "./dom.js";
import { loadEmoji } from "./emoji.js";
import { GameTab } from "./game.js";
import { PhotoTab } from "./photos.js";
import { Tabs } from "./tabs.js";

const LOCAL = ["localhost", "127.0.0.1", "[::1]"];
const GONE = "The server is gone. If it was stopped, start mien again.";
const REFUSED = "The server has another token now. Open the address that it printed at its start.";
const BUSY = "The server takes no more connections. Close other pages of it.";
const REASONS = { 0: GONE, 200: BUSY, 401: REFUSED, 403: REFUSED, 503: BUSY }; // by HTTP status
const STATES = { open: "Ready", connecting: "Connecting", lost: "Server gone" };

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
    this.cameraTab.setNetwork(hello);
    this.gameTab.setClasses(hello.classes);
    this.#listNetworks();
    this.#send(this.settings());
    this.#keepNetwork();
    this.networks = await networks().catch(() => new Map());
    this.#listNetworks();
    this.#checkSession();
  }

  /** Ask for the network that was in use here, if the server began with another. */
  #keepNetwork() {
    const { session } = this.cameraTab.recording;
    const before = session?.about.network ?? this.net;
    if (!before || before === this.hello.network) return;
    if (this.hello.networks.includes(before)) this.#send({ net: before });
    else this.#checkSession();
    if (!this.hello.networks.includes(this.net)) this.net = "";
  }

  /** End a session that the server cannot go on with: one table is read by one network. */
  #checkSession() {
    const { recording } = this.cameraTab;
    if (!recording.session) return;
    const { network, sha256 } = recording.session.about;
    const now = this.networks.get(network)?.sha256;
    const same = this.hello.networks.includes(network) && (!sha256 || !now || now === sha256);
    if (same) return;
    recording.note({ event: "another network", network: this.hello.network });
    recording.stop();
    this.cameraTab.hint.notice("The server came back with another network: the recording ended.");
  }

  #listNetworks() {
    const here = this.hello.networks.filter((name) => this.networks.get(name)?.available ?? true);
    const options = here.map((name) =>
      make("option", { value: name, textContent: name, selected: name === this.hello.network }),
    );
    byId("network").replaceChildren(...options);
  }

  #complain({ title, detail, time }) {
    const { hint, neutrals } = this.cameraTab;
    if (time === undefined && neutrals.waits) neutrals.fail(detail);
    else hint.notice(`${title}. ${detail}`);
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
    write(byId("server-words"), STATES[state]);
    clearInterval(this.countdown);
    if (state === "open") this.#sayBack();
    if (state === "lost") this.#sayGone();
  }

  #sayBack() {
    if (this.wasLost) announce("The server is back");
    this.wasLost = false;
    byId("gone").hidden = true;
  }

  async #sayGone() {
    if (!this.wasLost) {
      this.why = GONE;
      announce("The server is gone. Trying again.");
      this.cameraTab.recording.note({ event: "server gone" });
      this.cameraTab.forget();
    }
    this.wasLost = true;
    byId("gone").hidden = false;
    this.#count();
    this.countdown = setInterval(() => this.#count(), 250);
    // Once a second try has failed, too, it may be there and refuse.
    if (this.connection.tries > 1) this.why = REASONS[await statusOf("/v1/networks")] ?? GONE;
  }

  #count() {
    const left = Math.max(0, Math.ceil(this.connection.retryAt - performance.now() / 1000));
    write(byId("gone-words"), `${this.why} Next try in ${left} s.`);
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
