// What every page loads: the player of runs, and what fetches the rest when somebody asks for it.
import "player.js";
import { progressOf } from "./progress.js";

document.querySelector(".md-search")?.setAttribute("aria-label", "Search"); // the theme's dialog has no name

function soon(selector, load) {
  const found = document.querySelectorAll(selector);
  if (!found.length) return;
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watcher.unobserve(target);
        load(target);
      }
    },
    { rootMargin: "300px" },
  );
  for (const element of found) watcher.observe(element);
}

soon(".dsr-bench", async (element) => (await import("./bench.js")).bench(element));
soon(".dsr-knob", async (element) => (await import("./knob.js")).knob(element));

// Where a reader stands, on the list of exercises.
for (const item of document.querySelectorAll(".dsr-list > [data-slug]")) {
  const said = progressOf(item.dataset.slug);
  if (!said) continue;
  const line = item.appendChild(document.createElement("p"));
  line.className = `dsr-standing${said.all ? " is-all" : ""}`;
  line.textContent = said.text;
}

// On paper nothing can be unfolded.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll(".md-content details:not([open])")].filter((details) => !details.closest(".panel, .view"));
  for (const details of folded) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of folded) details.open = false;
});
