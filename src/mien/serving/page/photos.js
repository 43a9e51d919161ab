// The photo tab: drop, paste or choose; every photo with its emoji, and all of them as a table.
import { announce } from "./announce.js";
import { annotated, detect } from "./api.js";
import { byId, download, fileName, make, percent, png, write } from "./dom.js";
import { emojiAddress } from "./emoji.js";
import { drawFaces, faceWords, shownClass } from "./overlay.js";
import { columns, csvLine, rows } from "./table.js";

const AT_ONCE = 2; // photos that are read at the same time
const SHOWN = 900; // longest side in pixels of a picture on the page, where there may be many
const SAVED = 2400; // and of one that is saved

export class PhotoTab {
  photos = []; // {file, item, options, result | error, canvas}
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
    target.addEventListener("dragleave", ({ relatedTarget }) => {
      if (!relatedTarget) over.classList.remove("over"); // it left the page
    });
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
      const photo = { file, item: make("li", { className: "card photo" }) };
      byId("photo-list").append(photo.item);
      this.photos.push(photo);
      this.#queue(photo);
    }
    this.#start();
  }

  #queue(photo) {
    photo.error = undefined;
    const words = make("p", { className: "soft", textContent: `Reading ${photo.file.name} …` });
    photo.item.replaceChildren(words);
    photo.item.dataset.state = "reading";
    this.waiting.push(photo);
  }

  #start() {
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
    photo.options = {
      net: this.app.hello?.network,
      confidence: this.app.settings().min_confidence,
    };
    try {
      const result = await detect(file, file.name, photo.options);
      photo.canvas = await this.#draw(photo, result, SHOWN);
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
  async #draw({ file, options }, result, longest) {
    let bitmap;
    let faces = result.faces;
    try {
      bitmap = await createImageBitmap(file);
    } catch {
      bitmap = await createImageBitmap(await annotated(file, file.name, options));
      faces = [];
    }
    const canvas = paint(bitmap, { ...result, faces }, this.#classes(result), longest);
    bitmap.close();
    return canvas;
  }

  #show(photo) {
    photo.item.dataset.state = photo.error ? "failed" : "read";
    if (photo.error) this.#showError(photo);
    else this.#showResult(photo);
  }

  #showError(photo) {
    const again = make("button", { type: "button", textContent: "Try again" });
    again.setAttribute("aria-label", `Try again: ${photo.file.name}`);
    again.onclick = () => {
      this.#queue(photo);
      this.#start();
    };
    const name = make("h3", { textContent: photo.file.name });
    photo.item.replaceChildren(
      make("div", { className: "card-head" }, name, again),
      make("p", { className: "trouble", textContent: photo.error }),
    );
  }

  #showResult(photo) {
    const { file, item, result, canvas } = photo;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${file.name}: ${words(result)}`);
    const onclick = () => this.#savePicture(photo);
    const button = make("button", { type: "button", textContent: "Save picture", onclick });
    button.setAttribute("aria-label", `Save picture: ${file.name}`);
    const head = make(
      "div",
      { className: "card-head" },
      make("h3", { textContent: file.name }),
      button,
    );
    item.replaceChildren(canvas, head, this.#list(result));
  }

  async #savePicture(photo) {
    const name = `${photo.file.name.replace(/\.[^.]*$/, "")}.mien.png`;
    try {
      download(await png(await this.#draw(photo, photo.result, SAVED)), name);
    } catch {
      this.#showError({ ...photo, error: "The file cannot be read any more. Choose it again." });
    }
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

function paint(bitmap, { faces, width: whole }, classes, longest) {
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.round(side * scale));
  const canvas = make("canvas", { width, height });
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0, width, height);
  const unit = Math.max(12, Math.max(width, height) / 40);
  drawFaces(context, faces, { classes, mirror: false, unit, scale: width / whole });
  return canvas;
}
