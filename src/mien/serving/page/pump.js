// Sends the camera's newest frame whenever the server is ready for one.

const IN_FLIGHT = 2; // one being read, one on its way
const SIDES = [960, 640, 480, 320]; // longest side of what is sent, in pixels
const QUALITY = 0.8;
const SLOW = 0.12; // seconds on the way, above which pictures get smaller
const FAST = 0.04; // and below which they get larger again
const START = 1; // place in SIDES
const CHANGE = 30; // answers between two changes

/** Takes frames from a video element; `paused` or `idle` stops it. */
export class Pump {
  paused = false;
  idle = false;
  size = START;
  fps = 0;
  latency = 0; // seconds from taking a frame to its answer, median

  constructor(video, connection) {
    this.video = video;
    this.connection = connection;
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d", { alpha: false, desynchronized: true });
    this.answers = [];
    this.encoding = false;
    this.waited = 0;
  }

  start() {
    this.running = true;
    this.answers = [];
    this.#next();
  }

  stop() {
    this.running = false;
    clearTimeout(this.timer);
  }

  /** Count an answer: its latency and, apart from the server's own work, the time on the way. */
  answered(message, now = performance.now() / 1000) {
    const whole = now - message.time;
    this.answers.push({ now, whole, way: whole - message.latency_ms / 1000 });
    while (this.answers.length > 60 || now - this.answers[0].now > 3) this.answers.shift();
    const span = now - this.answers[0].now;
    this.fps = span > 0.2 ? (this.answers.length - 1) / span : 0;
    this.latency = median(this.answers.map((answer) => answer.whole));
    this.#adapt(median(this.answers.map((answer) => answer.way)));
  }

  #adapt(way) {
    if (++this.waited < CHANGE) return;
    const step = way > SLOW ? 1 : way < FAST && this.size > START ? -1 : 0;
    if (step) this.waited = 0;
    this.size = Math.min(Math.max(this.size + step, 0), SIDES.length - 1);
  }

  #next() {
    if (!this.running) return;
    // A hidden page gets no frames; its timers still run once a second.
    const later = () => {
      clearTimeout(this.timer);
      this.#take();
      this.#next();
    };
    this.timer = setTimeout(later, 1000);
    if (this.video.requestVideoFrameCallback) {
      if (this.asked) this.video.cancelVideoFrameCallback(this.asked);
      this.asked = this.video.requestVideoFrameCallback(later);
    } else {
      cancelAnimationFrame(this.asked);
      this.asked = requestAnimationFrame(later);
    }
  }

  async #take() {
    const { video, connection } = this;
    const ready =
      video.videoWidth &&
      !this.paused &&
      !this.idle &&
      !this.encoding &&
      connection.state === "open";
    if (!ready || connection.inFlight >= IN_FLIGHT) return;
    this.encoding = true;
    const time = performance.now() / 1000;
    const scale = Math.min(1, SIDES[this.size] / Math.max(video.videoWidth, video.videoHeight));
    this.canvas.width = Math.round(video.videoWidth * scale);
    this.canvas.height = Math.round(video.videoHeight * scale);
    this.context.drawImage(video, 0, 0, this.canvas.width, this.canvas.height);
    const picture = await new Promise((done) => this.canvas.toBlob(done, "image/jpeg", QUALITY));
    this.encoding = false;
    if (picture && this.running) connection.sendFrame(time, picture);
  }
}

function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? 0;
}
