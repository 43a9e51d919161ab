// mien's one table as CSV: the columns, order and rounding of mien.perception.table_columns.

const BOX = ["x", "y", "width", "height"];
const NEGATIVE = ["angry", "disgust", "fear", "sad"];

/** A number that Python writes with a decimal point, even where it is whole. */
const decimal = (value) => (Number.isInteger(value) ? `${value}.0` : String(value));
const round = (value, digits) => Number(value.toFixed(digits));

/** Return the columns' names. Video adds the probabilities before smoothing. */
export function columns(names, video) {
  return [
    ...["source", "frame", "time", "face_id", "success", ...BOX, "score"],
    ...["expression", "confidence", "sure", ...names.map((name) => `p_${name}`)],
    ...["valence", "marker", ...(video ? names.map((name) => `raw_p_${name}`) : [])],
  ];
}

/** Return p(happy) minus the largest negative expression; "" where the classes lack them. */
export function valence(probabilities) {
  const negative = NEGATIVE.filter((name) => name in probabilities);
  if (!("happy" in probabilities) || !negative.length) return "";
  const most = Math.max(...negative.map((name) => probabilities[name]));
  return decimal(round(probabilities.happy - most, 4));
}

/**
 * Return the rows of a photo or frame, one for each face, or one that says that there is none.
 *
 * picture: {source, frame, time, marker, faces}, its faces as the server answers them.
 * scale: what boxes are multiplied by, if the server saw a smaller picture.
 */
export function rows(picture, names, video, scale = 1) {
  const time = picture.time === undefined ? "" : decimal(round(picture.time, 6));
  const moment = [picture.source, picture.frame ?? "", time];
  const marker = picture.marker ?? "";
  if (!picture.faces.length) {
    const raw = video ? names.map(() => "") : [];
    const empty = Array(names.length + 9).fill("");
    return [[...moment, "", 0, ...empty, marker, ...raw]];
  }
  return picture.faces.map((face, place) => [
    ...moment,
    ...[face.face_id ?? place, 1, ...faceCells(face, names, scale)],
    ...[valence(face.probabilities), marker],
    ...(video ? names.map((name) => cell(face.raw_probabilities?.[name])) : []),
  ]);
}

const cell = (value) => (value === undefined || value === null ? "" : decimal(value));

function faceCells(face, names, scale) {
  return [
    ...face.box.map((value) => decimal(round(value * scale, 1))),
    ...[
      decimal(face.score),
      face.expression,
      decimal(face.confidence),
      String(face.sure).toUpperCase(),
    ],
    ...names.map((name) => cell(face.probabilities[name])),
  ];
}

/** Write cells as a line of CSV, quoted as Python's csv module does. */
export function csvLine(cells) {
  const quoted = cells.map((value) => {
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${quoted.join(",")}\n`;
}

/** Write events as a CSV that `mien detect` reads as a list of markers. */
export function eventsCsv(marks) {
  const lines = marks.map(({ time, label }) => csvLine([decimal(round(time, 6)), label]));
  return csvLine(["time", "label"]) + lines.join("");
}

/** Return the label at a time: that of the mark that was set last, "" before the first. */
export function labelAt(marks, time) {
  return marks.findLast((mark) => mark.time <= time)?.label ?? "";
}
