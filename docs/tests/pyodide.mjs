// Runs a Python file of the repository in Pyodide: node pyodide.mjs FOLDER_OF_PYODIDE FOLDER_OF_REPOSITORY FILE ARGUMENT...
import { pathToFileURL } from "node:url";

const [pyodide, root, file, ...args] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`).href);
const python = await loadPyodide({ stdout: (line) => console.log(line) });
python.FS.mkdirTree("/course");
python.FS.mount(python.FS.filesystems.NODEFS, { root }, "/course");
python.globals.set("argv", python.toPy([`/course/${file}`, ...args]));
python.runPython(`
import runpy, sys
sys.dont_write_bytecode = True
sys.path.insert(0, "/course")
sys.argv = list(argv)
runpy.run_path(sys.argv[0], run_name="__main__")
`);
