// Draws faces over a picture: corners, a large emoji that covers no face if it can, and a plate.
import { emojiImage, UNSURE } from "./emoji.js";
import { percent } from "./dom.js";

const DOUBTS = { small: "too small", turned: "turned away", dark: "too dark" };
const DARK = "rgba(20, 18, 15, .82)";

/** Return the class that is shown for a face: gray where it is unsure. */
export function shownClass(face, classes) {
  return (face.sure && classes.find(({ name }) => name === face.expression)) || UNSURE;
}

/** Return the face that takes most of the picture; undefined if there is none. */
export function largestFace(faces) {
  const area = ({ box: [, , w, h] }) => w * h;
  return faces.toSorted((one, other) => area(other) - area(one))[0];
}

/** Return a face's words: "happy 93%", "sad? 31%", and why it is doubtful. */
export function faceWords(face) {
  const name = `${face.expression}${face.sure ? "" : "?"}`;
  const notes = [DOUBTS[face.doubt], face.neutral && "vs. own neutral"].filter(Boolean);
  return { name, share: percent(face.confidence), notes: notes.join(", ") };
}

/**
 * Draw faces on a canvas that shows their picture.
 *
 * options: classes; scale (canvas pixels for each pixel of the boxes); mirror; chosen (a face_id);
 * unit (height of letters in canvas pixels); pop (face => size of its emoji, 1 at rest).
 */
export function drawFaces(context, faces, options) {
  const { scale, mirror, unit } = options;
  const width = context.canvas.width;
  const places = faces.map(({ box: [x, y, w, h] }) => {
    const left = mirror ? width - (x + w) * scale : x * scale;
    return { left, top: y * scale, w: w * scale, h: h * scale };
  });
  faces.forEach((face, number) => drawCorners(context, places[number], face, options));
  const taken = [...places]; // nothing is drawn over a face, nor over another label
  faces.forEach((face, number) => drawEmoji(context, places[number], taken, face, options));
  faces.forEach((face, number) => {
    const several = faces.length > 1;
    const label = several ? (face.face_id ?? number + 1) : null;
    drawPlate(context, places[number], taken, face, label, unit);
  });
}

const touch = (one, other) =>
  one.left < other.left + other.w &&
  other.left < one.left + one.w &&
  one.top < other.top + other.h &&
  other.top < one.top + one.h;

/** Return the first spot that is inside the canvas and clear; undefined if none is. */
function clearSpot(spots, canvas, taken) {
  const inside = ({ left, top, w, h }) =>
    left >= 0 && top >= 0 && left + w <= canvas.width && top + h <= canvas.height;
  return spots.find((spot) => inside(spot) && !taken.some((other) => touch(spot, other)));
}

function drawCorners(context, { left, top, w, h }, face, { classes, chosen, unit }) {
  const round = 0.16 * Math.min(w, h);
  context.setLineDash([]);
  context.lineCap = "round";
  context.beginPath();
  for (const [x, y, right, down] of [
    [left, top, 1, 1],
    [left + w, top, -1, 1],
    [left + w, top + h, -1, -1],
    [left, top + h, 1, -1],
  ]) {
    context.moveTo(x, y + down * 1.9 * round);
    context.arcTo(x, y, x + right * 1.9 * round, y, round);
    context.lineTo(x + right * 1.9 * round, y);
  }
  const thick = Math.max(2, unit * (chosen === undefined || face.face_id === chosen ? 0.26 : 0.16));
  context.lineWidth = thick + Math.max(2, unit * 0.16);
  context.strokeStyle = "rgba(20, 18, 15, .55)";
  context.stroke();
  context.lineWidth = thick;
  context.strokeStyle = shownClass(face, classes).colour;
  context.stroke();
}

/** Draw the emoji above the face, beside it or below; small in its corner if nothing is free. */
function drawEmoji(context, place, taken, face, { classes, unit, pop }) {
  const image = emojiImage(shownClass(face, classes));
  if (!image.complete || !image.naturalWidth) return;
  const { left, top, w, h } = place;
  const side = Math.min(Math.max(0.62 * Math.sqrt(w * h), 2.2 * unit), 16 * unit);
  const gap = 0.08 * side;
  const square = (x, y, w = side) => ({ left: x, top: y, w, h: w });
  const spots = [
    square(left + w / 2 - side / 2, top - side - gap),
    square(left + w + gap, top - 0.1 * side),
    square(left - side - gap, top - 0.1 * side),
    square(left + w / 2 - side / 2, top + h + 0.4 * side),
  ];
  const small = square(Math.max(0, left - 0.1 * w), Math.max(0, top - 0.15 * h), 0.36 * w);
  const spot = clearSpot(spots, context.canvas, taken) ?? small;
  if (spot !== small) taken.push(spot);
  const grown = spot.w * (pop?.(face) ?? 1);
  const [x, y] = [spot.left, spot.top].map((corner) => corner + (spot.w - grown) / 2);
  context.save();
  Object.assign(context, {
    shadowColor: "rgba(0, 0, 0, .35)",
    shadowBlur: side * 0.12,
    shadowOffsetY: side * 0.03,
  });
  context.drawImage(image, x, y, grown, grown);
  context.restore();
}

/** Draw the words below the face or above; where nothing is free, only its number if it has one. */
function drawPlate(context, place, taken, face, label, unit) {
  const { name, share, notes } = faceWords(face);
  const number = label === null ? "" : `${label}`;
  const whole = [
    [number, 400, "#ffd95e"],
    [name, 600, "#fff"],
    [share, 400, "#fff"],
    [notes, 400, "#ffd95e"],
  ];
  const words = measured(
    context,
    whole.filter(([text]) => text),
    unit,
  );
  const spots = plateSpots(place, words, context.canvas, unit);
  const spot = clearSpot(spots, context.canvas, taken);
  if (spot || label === null) return writePlate(context, spot ?? spots[0], words, unit, taken);
  const short = measured(context, [[number, 600, "#fff"]], unit);
  writePlate(context, plateSpots(place, short, context.canvas, unit)[0], short, unit, taken);
}

function measured(context, parts, unit) {
  return parts.map(([text, weight, colour]) => {
    const font = `${weight} ${unit}px system-ui, sans-serif`;
    context.font = font;
    return { text, font, colour, width: context.measureText(text).width };
  });
}

function plateSpots({ left, top, w, h }, words, canvas, unit) {
  const width = words.reduce((sum, word) => sum + word.width + 0.45 * unit, 0.75 * unit);
  const height = 1.75 * unit;
  const at = (y) => ({
    left: Math.min(Math.max(left + w / 2 - width / 2, 2), Math.max(2, canvas.width - width - 2)),
    top: Math.min(Math.max(y, 2), canvas.height - height - 2),
    w: width,
    h: height,
  });
  return [at(top + h + 0.35 * unit), at(top - height - 0.35 * unit)];
}

function writePlate(context, spot, words, unit, taken) {
  taken.push(spot);
  context.fillStyle = DARK;
  context.beginPath();
  context.roundRect(spot.left, spot.top, spot.w, spot.h, spot.h / 2);
  context.fill();
  context.textBaseline = "middle";
  context.textAlign = "left";
  let x = spot.left + 0.6 * unit;
  for (const { text, font, colour, width } of words) {
    context.font = font;
    context.fillStyle = colour;
    context.fillText(text, x, spot.top + spot.h / 2);
    x += width + 0.45 * unit;
  }
}
