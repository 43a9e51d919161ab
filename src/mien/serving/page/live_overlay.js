// The overlay of the running camera: boxes glide, and an emoji pops when it changes.
import { lessMotion } from "./dom.js";
import { drawFaces } from "./overlay.js";

const GLIDE = 0.55; // share of the way to a new box that is gone at each answer
const JUMP = 0.7; // a box that moves by more of its size than this is there at once
const POP = 260; // milliseconds

/** Draws the newest answer on a canvas that lies over the video. */
export class LiveOverlay {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.seen = new Map(); // by face_id: box, expression, when it changed
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  clear() {
    this.answer = null;
    this.seen.clear();
    this.draw();
  }

  /** Show an answer of the server. */
  show(answer, options) {
    const now = performance.now();
    const old = this.seen;
    this.seen = new Map(
      answer.faces.map((face) => [face.face_id, glide(old.get(face.face_id), face, now)]),
    );
    this.answer = answer;
    this.options = options;
    this.draw();
  }

  draw() {
    const { canvas, context, answer } = this;
    const ratio = Math.min(devicePixelRatio, 2);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) =>
      Math.round(side * ratio),
    );
    if (canvas.width !== width || canvas.height !== height)
      Object.assign(canvas, { width, height });
    context.clearRect(0, 0, width, height);
    if (!answer || !width) return;
    const faces = answer.faces.map((face) => ({ ...face, box: this.seen.get(face.face_id).box }));
    const unit = Math.min(Math.max(13, canvas.clientWidth / 44), 18) * ratio;
    const pop = (face) => this.#pop(face);
    drawFaces(context, faces, { ...this.options, scale: width / answer.width, unit, pop });
  }

  /** Return the emoji's size at this moment of its pop, and ask for the next moment. */
  #pop({ face_id: id }) {
    const share = (performance.now() - this.seen.get(id).changed) / POP;
    if (share >= 1 || lessMotion()) return 1;
    cancelAnimationFrame(this.asked);
    this.asked = requestAnimationFrame(() => this.draw());
    return 1 + 0.35 * Math.sin(Math.PI * share) * (1 - share);
  }
}

function glide(before, face, now) {
  const shown = `${face.expression} ${face.sure}`;
  if (!before) return { box: face.box, shown, changed: now };
  const far =
    Math.hypot(face.box[0] - before.box[0], face.box[1] - before.box[1]) > JUMP * face.box[2];
  const share = far || lessMotion() ? 1 : GLIDE;
  const box = face.box.map(
    (value, place) => before.box[place] + share * (value - before.box[place]),
  );
  return { box, shown, changed: shown === before.shown ? before.changed : now };
}
