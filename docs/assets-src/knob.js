// A slider whose value a run depends on. The run happens here, in the reader's browser.
import { sharedPython } from "./python.js";

export function knob(element) {
  const recipe = JSON.parse(element.querySelector(".dsr-recipe").textContent);
  const [slider, output] = [element.querySelector("input"), element.querySelector("output")];
  const [outcome, picture] = [element.querySelector(".dsr-outcome"), element.querySelector(".dsr-picture")];
  const python = sharedPython();
  let [wanted, busy, runs] = [null, false, 0];

  function name() {
    const said = `${recipe.values[slider.value]} ${recipe.unit}`.trim();
    output.textContent = said;
    slider.setAttribute("aria-valuetext", said);
  }

  async function run() {
    if (busy) return;
    busy = true;
    python.progress = (text) => (outcome.textContent = text);
    element.setAttribute("aria-busy", "true");
    try {
      while (wanted !== null) {
        const place = wanted;
        wanted = null;
        const made = await python.call("knob", JSON.stringify(recipe), place, `${element.id || "knob"}-${(runs += 1)}`);
        if (wanted !== null) continue; // moved on meanwhile
        outcome.textContent = made.outcome;
        outcome.classList.toggle("is-broken", made.broken);
        picture.innerHTML = made.html;
        globalThis.dsrPlayers(picture);
      }
    } catch (error) {
      outcome.textContent = `That did not work: ${error.message}`;
    }
    element.removeAttribute("aria-busy");
    busy = false;
  }

  slider.addEventListener("input", () => {
    name();
    wanted = Number(slider.value);
    run();
  });
}
