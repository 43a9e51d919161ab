// The camera: asked for, chosen, taken away.

/** What the page says in each state that has no picture: a title, and what to do. */
export const TROUBLE = {
  insecure: [
    "This page may not use the camera",
    "Browsers give a camera only to a page of this machine (localhost) or to one with HTTPS." +
      " Start mien with a certificate, such as --self-signed makes, and open its https address." +
      " Photos can be read without.",
  ],
  refused: [
    "The camera was refused",
    "Allow it at the address bar or in the browser's settings, then try again.",
  ],
  missing: ["No camera was found", "Plug one in, or read photos instead."],
  busy: [
    "The camera cannot be opened",
    "Another program may be using it. Close that program, then try again.",
  ],
  lost: [
    "The camera was taken away",
    "It was unplugged, or another program or the browser took it. Plug it in, then try again.",
  ],
};

const KINDS = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** Owns the stream, and fires "state". States: off, asking, on, and those of TROUBLE. */
export class Camera extends EventTarget {
  state = "off";
  stream = null;

  /** Ask for a camera, by id or whichever the browser takes. */
  async start(id = "") {
    this.#release();
    if (!window.isSecureContext || !navigator.mediaDevices) return this.#become("insecure");
    this.#become("asking");
    const video = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
    if (id) video.deviceId = { exact: id };
    else video.facingMode = "user";
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    } catch (error) {
      return this.#become(KINDS[error.name] ?? "busy");
    }
    if (this.state !== "asking") return this.#release(); // stopped while the browser asked
    this.track.addEventListener("ended", () => this.#lose());
    this.#become("on");
  }

  stop() {
    this.#release();
    this.#become("off");
  }

  get track() {
    return this.stream?.getVideoTracks()[0];
  }

  /** The cameras of this machine, which have names once one was allowed. */
  async list() {
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    return all.filter(({ kind }) => kind === "videoinput");
  }

  #lose() {
    this.#release();
    this.#become("lost");
  }

  #release() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
  }

  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
