// The picture of a game that people keep: crops and emoji side by side, with right and wrong.
import { make, percent } from "./dom.js";
import { emojiImage } from "./emoji.js";

const TILE = 320;
const GAP = 32;
const HEAD = 120;
const WORDS = 150; // below a crop
const FOOT = 56;
const FONT = "system-ui, sans-serif";
const INK = "#1b1916";
const SOFT = "#5f5a52";

/** Say what was read: "✓ happy 93%", "✗ sad 62%". */
export function verdictWords({ face, trouble }, right) {
  const words = face ? `${face.expression} ${percent(face.confidence)}` : trouble;
  return `${right ? "✓" : "✗"} ${words}`;
}

/** Draw the shots of a game on a canvas. */
export function drawSheet(shots, { title, right, network, classes }) {
  const across = Math.min(3, shots.length);
  const down = Math.ceil(shots.length / across);
  const width = Math.max(2, across) * (TILE + GAP) + GAP;
  const canvas = make("canvas", { width, height: HEAD + down * (TILE + WORDS + GAP) + FOOT });
  const context = canvas.getContext("2d");
  context.fillStyle = "#faf8f4";
  context.fillRect(0, 0, canvas.width, canvas.height);
  writeText(context, title, GAP, 72, `700 48px ${FONT}`, INK);
  writeText(
    context,
    `${right} of ${shots.length} right`,
    width - GAP,
    72,
    `600 32px ${FONT}`,
    INK,
    "right",
  );
  shots.forEach((shot, place) => {
    const x = GAP + (place % across) * (TILE + GAP);
    drawShot(context, shot, x, HEAD + Math.floor(place / across) * (TILE + WORDS + GAP), classes);
  });
  const note = `Read by mien (${network}). An expression is not a feeling.`;
  writeText(context, note, GAP, canvas.height - 30, `400 20px ${FONT}`, SOFT);
  return canvas;
}

function drawShot(context, shot, x, y, classes) {
  context.save();
  context.beginPath();
  context.roundRect(x, y, TILE, TILE, 20);
  context.clip();
  context.drawImage(shot.crop, x, y, TILE, TILE);
  context.restore();
  const read = classes.find(({ name }) => name === shot.face?.expression);
  const right = read?.name === shot.asked.name;
  context.drawImage(emojiImage(shot.asked), x, y + TILE + 14, 72, 72);
  writeText(context, "→", x + 101, y + TILE + 62, `400 36px ${FONT}`, SOFT, "center");
  if (read) context.drawImage(emojiImage(read), x + 130, y + TILE + 14, 72, 72);
  writeText(context, `Asked: ${shot.asked.name}`, x, y + TILE + 118, `400 20px ${FONT}`, SOFT);
  writeText(
    context,
    verdictWords(shot, right),
    x,
    y + TILE + 146,
    `600 24px ${FONT}`,
    right ? "#1b6e3c" : "#b3261e",
  );
}

function writeText(context, text, x, y, font, colour, align = "left") {
  Object.assign(context, { font, fillStyle: colour, textAlign: align, textBaseline: "alphabetic" });
  context.fillText(text, x, y, TILE * 2);
}
