// Draws faces over a picture: corners, a large emoji that covers no face if it can, and a plate.
import { emojiImage, UNSURE } from "./emoji.js";
import { percent } from "./dom.js";

const DOUBTS = { small: "too small", turned: "turned away", dark: "too dark" };
const DARK = "rgba(20, 18, 15, .82)";

/** Return the class that is shown for a face: gray where it is unsure. */
export function shownClass(face, classes) {
  return (face.sure && classes.find(({ name }) => name === face.expression)) || UNSURE;
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
  faces.forEach((face, number) => {
    drawEmoji(context, places[number], places, face, options);
    drawPlate(context, places[number], face, faces.length > 1 ? number + 1 : 0, options, unit);
  });
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

/** Choose where the emoji goes: above, at a side, or in the face's upper corner. */
function emojiSpot({ left, top, w, h }, side, canvas, others) {
  const gap = 0.08 * side;
  const spots = [
    [left + w / 2 - side / 2, top - side - gap],
    [left + w + gap, top - 0.1 * side],
    [left - side - gap, top - 0.1 * side],
    [left + w / 2 - side / 2, top + h + 0.4 * side],
  ];
  const inside = ([x, y]) => x >= 0 && y >= 0 && x + side <= canvas.width && y + side <= canvas.height;
  const clear = ([x, y]) =>
    others.every((o) => x + side <= o.left || x >= o.left + o.w || y + side <= o.top || y >= o.top + o.h);
  const [x, y] = spots.find((spot) => inside(spot) && clear(spot)) ?? [left + w - 0.6 * side, top - 0.4 * side];
  return [
    Math.min(Math.max(x, 0), canvas.width - side),
    Math.min(Math.max(y, 0), canvas.height - side),
  ];
}

function drawEmoji(context, place, places, face, { classes, unit, pop }) {
  const image = emojiImage(shownClass(face, classes));
  if (!image.complete || !image.naturalWidth) return;
  const side = Math.min(Math.max(0.62 * Math.sqrt(place.w * place.h), 2.2 * unit), 16 * unit);
  const [x, y] = emojiSpot(place, side, context.canvas, places);
  const grown = side * (pop?.(face) ?? 1);
  context.save();
  context.shadowColor = "rgba(0, 0, 0, .35)";
  context.shadowBlur = side * 0.12;
  context.shadowOffsetY = side * 0.03;
  context.drawImage(image, x + (side - grown) / 2, y + (side - grown) / 2, grown, grown);
  context.restore();
}

function drawPlate(context, { left, top, w, h }, face, number, _options, unit) {
  const { name, share, notes } = faceWords(face);
  const first = number ? `${number}  ${name}` : name;
  const bold = `600 ${unit}px system-ui, sans-serif`;
  const plain = `400 ${unit}px system-ui, sans-serif`;
  const parts = [[first, bold, "#fff"], [share, plain, "#fff"], [notes, plain, "#ffd95e"]].filter(([text]) => text);
  const gap = 0.45 * unit;
  const sizes = parts.map(([text, font]) => {
    context.font = font;
    return context.measureText(text).width;
  });
  const length = sizes.reduce((sum, one) => sum + one + gap, gap * 1.4);
  const height = 1.75 * unit;
  const x = Math.min(Math.max(left + w / 2 - length / 2, 2), Math.max(2, context.canvas.width - length - 2));
  const y = Math.min(top + h + 0.35 * unit, context.canvas.height - height - 2);
  context.fillStyle = DARK;
  context.beginPath();
  context.roundRect(x, y, length, height, height / 2);
  context.fill();
  let at = x + gap * 1.2;
  context.textBaseline = "middle";
  context.textAlign = "left";
  parts.forEach(([text, font, colour], place) => {
    context.font = font;
    context.fillStyle = colour;
    context.fillText(text, at, y + height / 2);
    at += sizes[place] + gap;
  });
}
