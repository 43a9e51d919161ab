// The photo tab: drop, paste or choose; every photo with its emoji, and all of them as a table.
import { announce } from "./announce.js";
import { annotated, detect } from "./api.js";
import { byId, download, fileName, make, percent, png, write } from "./dom.js";
import { emojiAddress } from "./emoji.js";
import { drawFaces, faceWords, shownClass } from "./overlay.js";
import { columns, csvLine, rows } from "./table.js";

const AT_ONCE = 2; // photos that are read at the same time
const LARGEST = 2400; // longest side in pixels of a picture that is drawn here

export class PhotoTab {
  photos = []; // {file, item, result | error, canvas}
  waiting = [];
  busy = 0;

  constructor(app) {
    this.app = app;
    const input = byId("photo-files");
    input.onchange = () => {
      this.add([...input.files]);
      input.value = "";
    };
    byId("photo-json").onclick = () => this.#save(this.json(), "application/json", "json");
    byId("photo-csv").onclick = () => this.#save(this.csv(), "text/csv", "csv");
    byId("photo-clear").onclick = () => this.clear();
    addEventListener("paste", ({ clipboardData }) => this.#take([...clipboardData.files]));
    this.#listen(document.body);
  }

  #listen(target) {
    const over = byId("drop");
    target.addEventListener("dragover", (event) => {
      event.preventDefault();
      over.classList.add("over");
    });
    target.addEventListener("dragleave", () => over.classList.remove("over"));
    target.addEventListener("drop", (event) => {
      event.preventDefault();
      over.classList.remove("over");
      this.#take([...event.dataTransfer.files]);
    });
  }

  #take(files) {
    if (!files.length) return;
    this.app.tabs.show("photos");
    this.add(files);
  }

  /** Read files, in order, a few at a time. */
  add(files) {
    for (const file of files) {
      const item = make(
        "li",
        { className: "card photo" },
        make("p", { className: "soft", textContent: `Reading ${file.name} …` }),
      );
      item.dataset.state = "reading";
      byId("photo-list").append(item);
      const photo = { file, item };
      this.photos.push(photo);
      this.waiting.push(photo);
    }
    this.#count();
    while (this.busy < AT_ONCE && this.waiting.length) this.#work();
  }

  async #work() {
    this.busy += 1;
    for (let photo = this.waiting.shift(); photo; photo = this.waiting.shift())
      await this.#read(photo);
    this.busy -= 1;
    if (!this.busy) announce(byId("photo-count").textContent);
  }

  async #read(photo) {
    const { file } = photo;
    const options = {
      net: this.app.hello?.network,
      confidence: this.app.settings().min_confidence,
    };
    try {
      const result = await detect(file, file.name, options);
      photo.canvas = await this.#draw(file, result, options);
      photo.result = result;
    } catch (error) {
      photo.error = error.message;
    }
    this.#show(photo);
    this.#count();
  }

  /** The classes of a result's network. */
  #classes(result) {
    const { app } = this;
    return result.network === app.hello?.network
      ? app.classes
      : (app.networks.get(result.network)?.classes ?? []);
  }

  /** Draw a photo with its faces; the server does it for files that browsers cannot open. */
  async #draw(file, result, options) {
    let bitmap;
    try {
      bitmap = await createImageBitmap(file);
    } catch {
      bitmap = await createImageBitmap(await annotated(file, file.name, options));
      return paint(bitmap, null, []);
    }
    return paint(bitmap, result, this.#classes(result));
  }

  #show({ file, item, result, error, canvas }) {
    item.dataset.state = error ? "failed" : "read";
    if (error) {
      item.replaceChildren(
        make("h3", { textContent: file.name }),
        make("p", { className: "trouble", textContent: error }),
      );
      return;
    }
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${file.name}: ${words(result)}`);
    const save = async () =>
      download(await png(canvas), `${file.name.replace(/\.[^.]*$/, "")}.mien.png`);
    const button = make("button", { type: "button", textContent: "Save picture", onclick: save });
    button.setAttribute("aria-label", `Save picture: ${file.name}`);
    const head = make(
      "div",
      { className: "card-head" },
      make("h3", { textContent: file.name }),
      button,
    );
    item.replaceChildren(canvas, head, this.#list(result));
  }

  #list(result) {
    if (!result.faces.length)
      return make("p", { className: "soft", textContent: "No face was found." });
    const classes = this.#classes(result);
    const items = result.faces.map((face, number) => {
      const { name, share, notes } = faceWords(face);
      const emoji = make("img", {
        src: emojiAddress(shownClass(face, classes)),
        alt: "",
        width: 32,
        height: 32,
      });
      const label = result.faces.length > 1 ? `${number + 1}. ${name}` : name;
      return make(
        "li",
        {},
        emoji,
        make("strong", { textContent: label }),
        ` ${share}${notes ? `, ${notes}` : ""}`,
      );
    });
    return make("ul", { className: "photo-faces" }, ...items);
  }

  #count() {
    const read = this.photos.filter(({ result }) => result);
    const failed = this.photos.filter(({ error }) => error).length;
    const faces = read.reduce((sum, { result }) => sum + result.faces.length, 0);
    const open = this.photos.length - read.length - failed;
    const noun = faces === 1 ? "face" : "faces";
    const parts = [`${faces} ${noun} in ${read.length} of ${this.photos.length} photos`];
    if (open) parts.push(`${open} being read`);
    if (failed) parts.push(`${failed} could not be read`);
    write(byId("photo-count"), parts.join(", "));
    byId("photo-tools").hidden = !this.photos.length;
    for (const id of ["photo-json", "photo-csv"]) byId(id).disabled = !read.length || open > 0;
  }

  clear() {
    this.photos = [];
    this.waiting = [];
    byId("photo-list").replaceChildren();
    this.#count();
  }

  /** The array that `mien detect --json` writes. */
  json() {
    const objects = this.photos.map(
      ({ file, result, error }) => result ?? { source: file.name, error },
    );
    return `${JSON.stringify(objects, null, 2)}\n`;
  }

  /** The table that `mien detect --csv` writes, with the classes of all networks that read. */
  csv() {
    const read = this.photos.filter(({ result }) => result).map(({ result }) => result);
    const classes = read.flatMap((result) => this.#classes(result));
    const names = [...new Set(classes.map(({ name }) => name))];
    const lines = read.flatMap((result) => rows(result, names, false)).map(csvLine);
    return csvLine(columns(names, false)) + lines.join("");
  }

  #save(text, type, ending) {
    download(new Blob([text], { type }), `${fileName("mien-photos")}.${ending}`);
  }
}

function words(result) {
  const labels = result.faces.map((face) => `${face.expression} ${percent(face.confidence)}`);
  return labels.join(", ") || "no face";
}

function paint(bitmap, result, classes) {
  const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.round(side * scale));
  const canvas = make("canvas", { width, height });
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0, width, height);
  const unit = Math.max(12, Math.max(width, height) / 40);
  if (result)
    drawFaces(context, result.faces, { classes, mirror: false, unit, scale: width / result.width });
  return canvas;
}
