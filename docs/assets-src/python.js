// Python in a web worker: one call at a time, and a stop that always works, because it ends the whole worker.
export class Stopped extends Error {}

export class Python {
  constructor(progress = () => {}) {
    this.progress = progress;
    this.worker = null;
    this.waiting = null;
  }

  // Whoever writes will want to run it: Python may as well get ready meanwhile.
  warm() {
    this.worker ??= this.begin();
  }

  call(name, ...args) {
    this.warm();
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.worker.postMessage({ name, args });
    });
  }

  begin() {
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => {
      if (data.progress !== undefined) return this.progress(data.progress);
      const waiting = this.waiting;
      this.waiting = null;
      if (data.error === undefined) waiting?.resolve(data.value === undefined ? undefined : JSON.parse(data.value));
      else waiting?.reject(new Error(data.error));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.end(new Error(event.message || "Python could not be started in this browser"));
    };
    return worker;
  }

  stop() {
    this.end(new Stopped("stopped"));
  }

  end(error) {
    this.worker?.terminate();
    this.worker = null;
    const waiting = this.waiting;
    this.waiting = null;
    waiting?.reject(error);
  }
}

let shared = null;

// All knobs of a page share one Python.
export function sharedPython() {
  return (shared ??= new Python());
}
