// Runs the course's own harness in Pyodide. Everything comes from this site: the interpreter, its library, the course.
const here = new URL("./", import.meta.url);
const home = new URL("../pyodide/", here);
let starting = null;

async function start() {
  postMessage({ progress: "Fetching Python (about 6 MB, once) …" });
  const [{ loadPyodide }, course] = await Promise.all([import(new URL("pyodide.mjs", home).href), fetch(new URL("course.zip", here))]);
  if (!course.ok) throw new Error(`the course could not be fetched (${course.status})`);
  const python = await loadPyodide({ indexURL: home.href, stdout: () => {}, stderr: () => {} });
  postMessage({ progress: "Starting the course …" });
  python.unpackArchive(await course.arrayBuffer(), "zip", { extractDir: "/course" });
  python.runPython("import sys; sys.path.insert(0, '/course')");
  return python.pyimport("docs.publishing.browser");
}

const started = () => (starting ??= start().then((browser) => (postMessage({ progress: "Python is ready. Ctrl-Enter runs the checks." }), browser)));
started().catch(() => (starting = null)); // told when something is asked of it

self.onmessage = async ({ data: { name, args } }) => {
  try {
    const browser = await started();
    postMessage({ value: browser[name](...args) });
  } catch (error) {
    if (error.type === "KeyboardInterrupt") return;
    postMessage({ error: String(error.message || error).trim().split("\n").pop() });
  }
};
