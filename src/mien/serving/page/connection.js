// The WebSocket to the server: it comes back by itself.

const WAITS = [0.5, 1, 2, 4, 8]; // seconds before each try; the last one repeats
const QUIET = 10; // seconds without an answer to a frame after which the server counts as gone
const SILENT = 4000; // the code of a connection that was given up

/**
 * Sends frames and commands, and fires "state" when its state changes and "message" for each JSON
 * message. States: connecting, open, lost (waiting to try again, `retryAt` says when).
 */
export class Connection extends EventTarget {
  constructor(address) {
    super();
    this.address = address;
    this.state = "connecting";
    this.retryAt = 0;
    this.tries = 0;
    this.sent = []; // times of the frames that were not answered yet
  }

  open() {
    clearTimeout(this.timer);
    this.socket = new WebSocket(this.address);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    this.socket.onclose = () => this.#lose();
  }

  retry() {
    if (this.state === "lost") {
      this.#become("connecting");
      this.open();
    }
  }

  /** Send a picture with its time in seconds, as a big-endian float64 before its bytes. */
  sendFrame(time, picture) {
    if (!this.#isOpen) return;
    const head = new DataView(new ArrayBuffer(8));
    head.setFloat64(0, time);
    this.sent.push(time);
    this.quiet ??= setTimeout(() => this.#giveUp(), 1000 * QUIET);
    this.socket.send(new Blob([head, picture]));
  }

  command(message) {
    if (this.#isOpen) this.socket.send(JSON.stringify(message));
  }

  /** A socket that closes says so before its end is told. */
  get #isOpen() {
    return this.state === "open" && this.socket.readyState === WebSocket.OPEN;
  }

  /** How many frames are on their way. */
  get inFlight() {
    return this.sent.length;
  }

  #receive(message) {
    if (message.type === "hello") {
      this.tries = 0;
      this.#become("open");
    }
    // Frames that the server skipped for a newer one get no answer.
    if ("time" in message) {
      this.sent = this.sent.filter((time) => time > message.time);
      this.#stopWaiting();
    }
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  #stopWaiting() {
    clearTimeout(this.quiet);
    this.quiet = undefined;
  }

  /** Take a server that does not answer for gone: its end of the connection may stay open. */
  #giveUp() {
    Object.assign(this.socket, { onmessage: null, onclose: null });
    this.socket.close(SILENT);
    this.#lose();
  }

  #lose() {
    this.sent = [];
    this.#stopWaiting();
    const wait = WAITS[Math.min(this.tries++, WAITS.length - 1)] * (0.8 + 0.4 * Math.random());
    this.retryAt = performance.now() / 1000 + wait;
    this.timer = setTimeout(() => this.retry(), 1000 * wait);
    this.#become("lost");
  }

  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
