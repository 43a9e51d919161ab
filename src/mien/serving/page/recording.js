// The controls of a recording: begin, marks, end, and its files.
import { announce } from "./announce.js";
import { byId, clock, download, fileName, make, size, write } from "./dom.js";
import { Session } from "./session.js";
import { zip } from "./zip.js";

export class Recording {
  session = null;
  unsaved = new Set(); // names of the last session's files

  constructor(tab) {
    this.tab = tab;
    byId("record").onclick = () => (this.session ? this.stop() : this.start());
    byId("event").onclick = () => this.mark();
    byId("comment").onclick = () => this.openNote();
    byId("note-cancel").onclick = () => this.#closeNote();
    byId("note").onsubmit = (event) => this.#keepNote(event);
    addEventListener("keydown", (event) => this.#press(event));
    addEventListener("beforeunload", (event) => {
      if (this.session || this.unsaved.size) event.preventDefault();
    });
  }

  start() {
    const question = "The last session was not saved. Record a new one in its place?";
    if (this.unsaved.size && !confirm(question)) return;
    this.unsaved.clear();
    const { tab } = this;
    const { app, video } = tab;
    this.session = new Session({
      about: app.about(),
      settings: app.settings(),
      stream: app.camera.stream,
      kind: byId("video-kind").value,
      mirror: tab.mirror,
      video,
    });
    if (tab.pump.paused) this.session.pause();
    this.events = 0;
    byId("mark-list").replaceChildren();
    this.timer = setInterval(() => this.#tick(), 250);
    this.#show(true);
    announce("Recording");
  }

  async stop() {
    const { session } = this;
    if (!session) return;
    this.session = null;
    clearInterval(this.timer);
    this.#closeNote();
    this.#show(false);
    this.#offer(await session.stop(), session);
  }

  #tick() {
    const { session } = this;
    write(byId("recording-time"), clock(session.time()));
    write(byId("recording-size"), session.bytes ? ` · ${size(session.bytes)}` : "");
    byId("recording").dataset.frames = session.frames;
  }

  /** Draw no faces on the video until the next answer. */
  forget() {
    if (this.session) this.session.answer = null;
  }

  add(answer) {
    this.session?.add(answer);
  }

  pause(paused) {
    if (this.session) paused ? this.session.pause() : this.session.resume();
  }

  resize(width, height) {
    this.session?.resize(width, height);
  }

  /** Log that something changed or broke off. */
  note(what) {
    this.session?.note(what);
  }

  /** Set a mark; without a label it is the next event. */
  mark(label, time = this.session?.time()) {
    if (!this.session) return;
    const words = label ?? `event ${++this.events}`;
    this.session.mark(words, time);
    this.tab.timeline.mark(performance.now() / 1000 - (this.session.time() - time));
    byId("mark-list").prepend(
      make("li", {}, make("span", { className: "soft", textContent: clock(time) }), ` ${words}`),
    );
    announce(`Marked: ${words}`);
  }

  openNote() {
    if (!this.session) return;
    this.noteAt = this.session.time();
    write(byId("note-time"), clock(this.noteAt));
    byId("note").hidden = false;
    byId("comment").setAttribute("aria-expanded", "true");
    byId("note-text").value = "";
    byId("note-text").focus();
  }

  #keepNote(event) {
    event.preventDefault();
    const text = byId("note-text").value.trim();
    if (text) this.mark(text, this.noteAt);
    this.#closeNote();
  }

  #closeNote() {
    const open = !byId("note").hidden;
    byId("note").hidden = true;
    byId("comment").setAttribute("aria-expanded", "false");
    if (open) byId("comment").focus();
  }

  #press(event) {
    if (event.key === "Escape" && !byId("note").hidden) return this.#closeNote();
    const typing = event.target.matches("select, input:not([type=checkbox], [type=range])");
    const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing);
    if (!this.session || !plain || !byId("keys").checked) return;
    const act = { e: () => this.mark(), c: () => this.openNote() }[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault(); // the key is not written into the note
    act();
  }

  #show(on) {
    byId("record").setAttribute("aria-pressed", on);
    write(byId("record-words"), on ? "End recording" : "Record");
    write(byId("recording-time"), "0:00");
    write(byId("recording-size"), "");
    for (const id of ["network", "video-kind", "device"]) byId(id).disabled = on;
    byId("recording").dataset.frames = 0;
    byId("recording").hidden = !on;
    byId("marks").hidden = !on;
    byId("session").hidden = true;
  }

  #offer(files, session) {
    const name = fileName("mien", session.began);
    this.unsaved = new Set(files.map((file) => file.name));
    const all = make("button", {
      type: "button",
      className: "primary",
      id: "session-zip",
      textContent: "Save all as ZIP",
      onclick: async () => {
        download(await zip(files, session.began), `${name}.zip`);
        this.unsaved.clear();
      },
    });
    const single = files.map((file) => this.#fileButton(file, name));
    byId("session-files").replaceChildren(all, ...single);
    const counts = `${session.frames} frames read and ${session.marks.length} marks`;
    write(byId("session-words"), `${clock(session.duration)} with ${counts}.`);
    byId("session").hidden = false;
    announce("Recording ended. Its files can be saved.");
    all.focus();
  }

  #fileButton(file, name) {
    const save = () => {
      download(file.blob, `${name}-${file.name}`);
      this.unsaved.delete(file.name);
    };
    const words = `${file.name}, ${size(file.blob.size)}`;
    return make("button", { type: "button", textContent: words, onclick: save });
  }
}
