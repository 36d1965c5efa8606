// An exercise in the page: an editor, the real checks, their stories and pictures.
import { Python, Stopped } from "./python.js";
import { forget, read, write } from "./progress.js";

const PATIENCE_MS = 20_000; // for one check, once Python runs; the longest takes a few seconds. A loop is found by Python itself, after 3.
const ENDLESS = "This check does not come back, and Python cannot say at which line, so it was stopped. Look for a call that never ends, such as list() or sum() of something endless.";
const WORDS = { pass: "holds", wrong: "broken", not_attempted: "to do", load_error: "not read", timeout: "stopped", exception: "raised" };
const SIGNS = { pass: "✓", not_attempted: "○" };

function make(tag, text = "", kind = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (kind) element.className = kind;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

const button = (text, kind, act) => {
  const element = make("button", text, kind, { type: "button" });
  element.addEventListener("click", act);
  return element;
};

export async function bench(element) {
  const about = JSON.parse(element.dataset.exercise);
  const stub = await (await fetch(new URL(`../${about.stub}`, location.href.split("#")[0]))).text();
  const { editor } = await import("./editor.js");
  const at = new Bench(element, about, stub);
  at.editor = editor(at.place, read(about.slug).source ?? stub, `Your file, ${about.file}`, (text) => at.keep(text), () => at.run());
  at.place.addEventListener("focusin", () => at.python.warm());
  element.classList.add("ready");
}

class Bench {
  constructor(element, about, stub) {
    Object.assign(this, { element, about, stub, running: false, current: null });
    this.python = new Python((text) => this.say(text));
    this.go = button("Run the checks", "md-button md-button--primary", () => this.run());
    this.halt = button("Stop", "md-button", () => this.python.stop());
    this.halt.disabled = true;
    this.status = make("p", "Ctrl-Enter runs the checks. Esc, then Tab, leaves the editor.", "dsr-status", { role: "status" });
    const bar = make("div", "", "dsr-bar");
    bar.append(this.go, this.halt, button("Download", "md-button", () => this.download()), button("Start over", "md-button", () => this.startOver()));
    this.place = make("div", "", "dsr-editor");
    this.list = make("ul", "", "dsr-results");
    this.stories = make("div", "", "dsr-stories");
    element.replaceChildren(this.place, bar, this.status, this.list, this.stories);
  }

  say(text) {
    this.status.textContent = text;
  }

  keep(text) {
    this.python.warm();
    if (!write(this.about.slug, { source: text })) this.say("This browser keeps nothing; download your file before you leave.");
  }

  startOver() {
    if (!confirm("Throw away what you wrote, and start again from the empty file?")) return;
    forget(this.about.slug);
    this.editor.set(this.stub);
    this.list.replaceChildren();
    this.stories.replaceChildren();
  }

  download() {
    const url = URL.createObjectURL(new Blob([this.editor.text()], { type: "text/x-python" }));
    const link = make("a", "", "", { href: url, download: this.about.file });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  async run() {
    if (this.running) return;
    this.busy(true);
    this.stories.replaceChildren();
    this.list.replaceChildren(...this.about.checks.map(({ id }) => this.row(id, "", "…")));
    const results = [];
    try {
      const { checks } = await this.python.call("begin", this.about.number, this.editor.text());
      const begun = performance.now();
      for (const id of checks) results.push(await this.one(id));
      const { standing, told } = await this.python.call("finish");
      this.say(`${standing} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
      this.tell(told);
    } catch (error) {
      this.say(error.endless ? ENDLESS : error instanceof Stopped ? "Stopped. The next run starts Python again." : `That did not work: ${error.message}`);
      if (this.current) this.mark({ check: this.current, verdict: "timeout" });
    }
    this.current = null;
    const held = results.filter(({ verdict }) => verdict === "pass").length;
    write(this.about.slug, { held, of: this.about.checks.length });
    this.busy(false);
  }

  async one(id) {
    this.current = id;
    this.say(`Running ${id} …`);
    let endless = false;
    const timer = setTimeout(() => ((endless = true), this.python.stop()), Number(this.element.dataset.patienceMs) || PATIENCE_MS);
    try {
      const result = await this.python.call("run", id);
      this.mark(result);
      return result;
    } catch (error) {
      throw Object.assign(error, { endless });
    } finally {
      clearTimeout(timer);
    }
  }

  busy(yes) {
    this.running = this.go.disabled = yes;
    this.halt.disabled = !yes;
  }

  row(id, kind, sign, text = "") {
    const item = make("li", "", kind, { "data-check": id });
    item.append(make("span", sign, "sign"), make("code", id), make("span", text, "said"));
    return item;
  }

  mark({ check, verdict, points = 0, max_points = 0, place = "" }) {
    const worth = max_points ? `, ${points} of ${max_points} point${max_points === 1 ? "" : "s"}` : "";
    const item = this.row(check, `is-${verdict}`, SIGNS[verdict] || "✗", (WORDS[verdict] || verdict.replaceAll("_", " ")) + worth);
    const line = Number(place.split(":")[1]);
    if (line) item.append(button(`line ${line}`, "dsr-line", () => this.editor.goTo(line)));
    this.list.querySelector(`[data-check="${check}"]`).replaceWith(item);
  }

  tell(told) {
    for (const { check, html, text, hints, verdict, next } of told) {
      const part = make("section", "", `dsr-told is-${verdict}`, { "aria-label": check });
      if (html) part.innerHTML = html;
      else part.append(make("h3", check), make("pre", text, "dsr-text", { tabindex: "0" }));
      if (html) part.append(this.folded("As the terminal tells it", make("pre", text, "dsr-text", { tabindex: "0" })));
      if (hints.length) part.append(this.hints(hints));
      if (next) part.append(make("p", next, "dsr-next"));
      this.stories.append(part);
    }
    globalThis.dsrPlayers(this.stories);
  }

  hints([first, ...more]) {
    const box = make("div", "", "dsr-hints");
    box.append(make("p", `Hint: ${first}`));
    for (const [place, hint] of more.entries()) box.append(this.folded(place ? "And another" : "Another hint", make("p", hint)));
    return box;
  }

  folded(title, content) {
    const details = document.createElement("details");
    details.append(make("summary", title), content);
    return details;
  }
}
