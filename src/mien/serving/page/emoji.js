// The emoji of a class as a picture: mien's own drawing, the machine's font, or a letter on a disc.
import { FACES } from "./emoji_faces.js";

const CIRCLES = [..."🔵🟠🟢🟣🟡🔴🟤⚪⚫"];
const images = new Map();

/** What stands for a face that cannot be read surely. */
export const UNSURE = { name: "", emoji: "", colour: "#9a9a9a" };

/** Return the address of a class's emoji, for an img element. */
export function emojiAddress({ name, emoji, colour }) {
  const sign = emoji.replace("\ufe0f", "");
  const drawn = FACES[sign] ?? (isLettered(sign) ? disc(initial(sign, name), colour) : font(emoji));
  return `data:image/svg+xml,${encodeURIComponent(drawn)}`;
}

/** Return a class's emoji as an image that a canvas can draw once it is complete. */
export function emojiImage(expression) {
  const key = `${expression.emoji} ${expression.name} ${expression.colour}`;
  if (!images.has(key)) {
    const image = new Image(256, 256);
    image.src = emojiAddress(expression);
    images.set(key, image);
  }
  return images.get(key);
}

/** Wait until the emoji of all classes can be drawn. */
export async function loadEmoji(classes) {
  const all = [UNSURE, ...classes].map((one) =>
    emojiImage(one)
      .decode()
      .catch(() => {}),
  );
  await Promise.all(all);
}

/** Return black or white, whichever is legible on a colour such as #f0e442. */
export function inkOn(colour) {
  const [red, green, blue] = [1, 3, 5]
    .map((place) => parseInt(colour.slice(place, place + 2), 16) / 255)
    .map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#14120f" : "#ffffff";
}

function isLettered(sign) {
  return CIRCLES.includes(sign) || /^[\p{L}\p{N}]*$/u.test(sign);
}

function initial(sign, name) {
  if (sign && !CIRCLES.includes(sign)) return sign;
  return (name.match(/[\p{L}\p{N}]/u)?.[0] ?? "?").toUpperCase();
}

const SIZE = 'viewBox="0 0 100 100" width="256" height="256"';
const frame = (inside) => `<svg xmlns="http://www.w3.org/2000/svg" ${SIZE}>${inside}</svg>`;

function text(letters, height, fill) {
  const safe = letters.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const style = `font-family="sans-serif" font-weight="600" font-size="${height}" fill="${fill}"`;
  return `<text x="50" y="50" dy=".35em" text-anchor="middle" ${style}>${safe}</text>`;
}

function disc(letters, colour) {
  const height = [...letters].length === 1 ? 60 : 44;
  const rim = 'stroke="#000" stroke-opacity=".28" stroke-width="3.5"';
  const round = `<circle cx="50" cy="50" r="46" fill="${colour}" ${rim}/>`;
  return frame(round + text(letters, height, inkOn(colour)));
}

const font = (sign) => frame(text(sign, 84, "#14120f"));
