// The last half minute of the chosen face: its probabilities stacked, an emoji where it changes.
import { percent } from "./dom.js";
import { emojiImage } from "./emoji.js";

const SPAN = 30; // seconds shown
const TICK = 10; // seconds between two lines
const GAP = 1; // seconds without the face that leave a gap
const EMOJI = 22; // pixels
const MARK_ROOM = 30; // pixels above the areas

/** Keeps the last seconds of every face, and draws those of the chosen one. */
export class Timeline {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.histories = new Map();
    this.marks = [];
    this.classes = [];
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  setClasses(classes) {
    this.classes = classes;
    this.clear();
  }

  clear() {
    this.histories.clear();
    this.marks = [];
    this.draw();
  }

  /** Take an answer; `chosen` is the face_id that is drawn. */
  add(answer, chosen) {
    this.now = answer.time;
    this.chosen = chosen;
    for (const face of answer.faces) {
      const points = this.histories.get(face.face_id) ?? [];
      const shares = this.classes.map(({ name }) => face.probabilities[name] ?? 0);
      points.push({ time: answer.time, shares, expression: face.expression });
      this.histories.set(face.face_id, points);
    }
    for (const [id, points] of this.histories) {
      while (points.length && points[0].time < this.now - SPAN - 1) points.shift();
      if (!points.length) this.histories.delete(id);
    }
    this.draw();
  }

  mark(time) {
    this.marks = [...this.marks.filter((mark) => mark > time - SPAN), time];
  }

  /** Return the points of the chosen face. */
  get points() {
    return this.histories.get(this.chosen) ?? [];
  }

  /** Say what was shown for how much of the time, such as "happy 62%, neutral 38%". */
  words() {
    const counts = new Map();
    for (const { expression } of this.points)
      counts.set(expression, (counts.get(expression) ?? 0) + 1);
    const most = [...counts].sort((one, other) => other[1] - one[1]).slice(0, 3);
    return most.map(([name, count]) => `${name} ${percent(count / this.points.length)}`).join(", ");
  }

  draw() {
    const { canvas, context } = this;
    const ratio = Math.min(devicePixelRatio, 2);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
    canvas.dataset.points = this.points.length;
    canvas.dataset.until = this.now ?? "";
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const x = (time) => width - ((this.now - time) / SPAN) * width;
    this.x = x;
    context.save();
    this.#clipGround(width, height);
    for (const run of runs(this.points)) this.#drawRun(run, height);
    context.restore();
    this.#drawChanges(width);
    context.fillStyle = this.#colour("--ink");
    for (const time of this.marks)
      context.fillRect(x(time) - 1, MARK_ROOM - 6, 2, height - MARK_ROOM + 6);
  }

  #clipGround(width, height) {
    const { context } = this;
    context.fillStyle = this.#colour("--track");
    context.beginPath();
    context.roundRect(0, MARK_ROOM, width, height - MARK_ROOM, 8);
    context.fill();
    context.clip();
    context.fillStyle = this.#colour("--line");
    for (let ago = TICK; ago < SPAN; ago += TICK)
      context.fillRect(width * (1 - ago / SPAN), MARK_ROOM, 1, height);
  }

  #colour(name) {
    return getComputedStyle(this.canvas).getPropertyValue(name);
  }

  #drawRun(points, height) {
    const { context, classes, x } = this;
    const room = height - MARK_ROOM;
    let below = points.map(() => 0);
    classes.forEach(({ colour }, number) => {
      const above = points.map(({ shares }, place) => below[place] + shares[number]);
      context.beginPath();
      points.forEach(({ time }, place) => context.lineTo(x(time), height - below[place] * room));
      for (let place = points.length - 1; place >= 0; place--)
        context.lineTo(x(points[place].time), height - above[place] * room);
      context.fillStyle = colour;
      context.fill();
      below = above;
    });
  }

  /** Draw an emoji where the expression changes, as far as there is room. */
  #drawChanges(width) {
    let free = 0;
    let last = null;
    for (const { time, expression } of this.points) {
      const place = this.x(time);
      if (expression === last || place < free) continue;
      const image = emojiImage(this.classes.find(({ name }) => name === expression));
      const left = Math.min(place, width - EMOJI);
      if (left < free) break;
      if (image.complete) this.context.drawImage(image, left, 2, EMOJI, EMOJI);
      free = left + EMOJI + 4;
      last = expression;
    }
  }
}

/** Cut points where the face was not seen for a while. */
function runs(points) {
  const cut = [];
  points.forEach((point, place) => {
    if (!place || point.time - points[place - 1].time > GAP) cut.push([]);
    cut.at(-1).push(point);
  });
  return cut.filter((run) => run.length > 1);
}
