// A recorded session: a table of all answers, marks, and if wished a video. It lives in memory.
import { drawFaces } from "./overlay.js";
import { columns, csvLine, eventsCsv, labelAt, rows } from "./table.js";

const SOURCE = "camera";
const TYPES = ["video/webm;codecs=vp8", "video/webm", "video/mp4"];

/**
 * Records from its making until `stop`. Times are seconds since its begin, without pauses, and
 * boxes are in pixels of the camera's own picture.
 */
export class Session {
  marks = [];
  frames = 0;
  bytes = 0; // of its video
  changes = []; // what interrupted it or changed on the way
  #lines = []; // of the table: time, cells before the marker, cells after it
  #chunks = [];
  #lastSize = "";
  #paused = 0;
  #pausedAt = null;

  /**
   * about: {program, version, network, sha256, classes}; settings: those of reading;
   * kind: "none", "camera" or "overlay"; video: the element that shows the camera.
   */
  constructor({ about, settings, video, stream, kind, mirror }) {
    Object.assign(this, { about, settings, video, kind, mirror });
    this.names = about.classes.map(({ name }) => name);
    this.columns = columns(this.names, true);
    this.begin = performance.now() / 1000;
    this.began = new Date();
    this.size = [video.videoWidth, video.videoHeight];
    this.#lastSize = this.size.join("x");
    this.camera = stream.getVideoTracks()[0]?.label ?? "";
    if (kind !== "none" && window.MediaRecorder) this.#film(stream);
  }

  /** Seconds of the session at a moment of the page's clock. */
  time(now = performance.now() / 1000) {
    return Math.max(0, (this.#pausedAt ?? now) - this.begin - this.#paused);
  }

  /** Take the server's answer into the table. */
  add(answer) {
    if (answer.network !== this.about.network) return;
    this.answer = answer;
    if (this.#pausedAt !== null || answer.time < this.begin) return;
    const picture = {
      source: SOURCE,
      frame: this.frames++,
      time: this.time(answer.time),
      faces: answer.faces,
    };
    const marker = this.columns.indexOf("marker");
    for (const cells of rows(picture, this.names, true, this.video.videoWidth / answer.width)) {
      const [before, after] = [cells.slice(0, marker), cells.slice(marker + 1)];
      this.#lines.push([picture.time, csvLine(before).slice(0, -1), csvLine(after)]);
    }
  }

  /** Set a mark that holds until the next one. No two have the same time, as in a pause. */
  mark(label, moment = this.time()) {
    let time = toMilliseconds(moment);
    while (this.marks.some((mark) => mark.time === time)) time = toMilliseconds(time + 0.001);
    this.marks.push({ time, label });
    this.marks.sort((one, other) => one.time - other.time);
  }

  note(what) {
    this.changes.push({ time: toMilliseconds(this.time()), ...what });
  }

  /** The camera's picture has another size from now on, as on a phone that was turned. */
  resize(width, height) {
    const size = `${width}x${height}`;
    if (size === this.#lastSize) return;
    this.#lastSize = size;
    this.note({ event: "picture changed size", width, height });
  }

  pause() {
    this.#pausedAt = performance.now() / 1000;
    if (this.recorder?.state === "recording") this.recorder.pause();
  }

  resume() {
    this.#paused += performance.now() / 1000 - this.#pausedAt;
    this.#pausedAt = null;
    if (this.recorder?.state === "paused") this.recorder.resume();
  }

  /** End it, and return its files: [{name, blob}]. */
  async stop() {
    this.duration = this.time();
    if (this.recorder && this.recorder.state !== "inactive") this.recorder.stop();
    await this.filmed;
    this.filming = false;
    this.canvasStream?.getTracks().forEach((track) => track.stop());
    const text = (content, type) => new Blob([content], { type });
    return [
      { name: "faces.csv", blob: text(this.csv(), "text/csv") },
      {
        name: "metadata.json",
        blob: text(`${JSON.stringify(this.metadata(), null, 2)}\n`, "application/json"),
      },
      ...(this.marks.length
        ? [{ name: "events.csv", blob: text(eventsCsv(this.marks), "text/csv") }]
        : []),
      ...(this.#chunks.length
        ? [{ name: this.videoName, blob: new Blob(this.#chunks, { type: this.type }) }]
        : []),
    ];
  }

  csv() {
    const lines = this.#lines.map(([time, before, after]) => {
      const marker = csvLine([labelAt(this.marks, time)]).slice(0, -1);
      return `${before},${marker},${after}`;
    });
    return csvLine(this.columns) + lines.join("");
  }

  metadata() {
    const { program, version, network, sha256 } = this.about;
    const [width, height] = this.size;
    return {
      ...{ program, version, network, sha256, settings: this.settings },
      session: {
        ...{ begin: this.began.toISOString(), duration: toMilliseconds(this.duration) },
        ...{ source: SOURCE, camera: this.camera, width, height, frames: this.frames },
        video: this.#chunks.length ? this.videoName : null,
        video_content: this.#chunks.length ? this.kind : null,
        events: this.marks.length,
        changes: this.changes,
      },
    };
  }

  get videoName() {
    return this.type.startsWith("video/mp4") ? "video.mp4" : "video.webm";
  }

  #film(stream) {
    const shown = this.kind === "overlay" ? this.#drawn() : stream;
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.recorder = new MediaRecorder(shown, { mimeType, videoBitsPerSecond: 2_500_000 });
    this.type = this.recorder.mimeType || mimeType;
    this.recorder.ondataavailable = ({ data }) => this.#keep(data);
    // It also stops by itself when the camera is taken away, and then gives its last part.
    this.filmed = new Promise((done) => (this.recorder.onstop = done));
    this.begin = Infinity; // until the video begins, so that both begin at zero
    this.recorder.onstart = () => (this.begin = performance.now() / 1000);
    this.recorder.start(1000);
  }

  #keep(part) {
    if (!part.size) return;
    this.#chunks.push(part);
    this.bytes += part.size;
  }

  /** A stream of the camera with the emoji drawn on it. */
  #drawn() {
    const [width, height] = this.size;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d");
    this.filming = true;
    const draw = () => {
      if (!this.filming) return;
      drawPicture(context, this.video, this.answer, {
        classes: this.about.classes,
        mirror: this.mirror,
      });
      this.video.requestVideoFrameCallback?.(draw) ?? requestAnimationFrame(draw);
    };
    draw();
    this.canvasStream = canvas.captureStream();
    return this.canvasStream;
  }
}

const toMilliseconds = (seconds) => Number(seconds.toFixed(3));

/** Draw a picture over the whole canvas, mirrored if it is shown so, and the faces of an answer. */
export function drawPicture(context, picture, answer, { classes, mirror, chosen }) {
  const { width, height } = context.canvas;
  context.save();
  if (mirror) context.setTransform(-1, 0, 0, 1, width, 0);
  context.drawImage(picture, 0, 0, width, height);
  context.restore();
  if (!answer) return;
  const unit = Math.max(13, Math.max(width, height) / 44);
  drawFaces(context, answer.faces, { classes, mirror, chosen, unit, scale: width / answer.width });
}
