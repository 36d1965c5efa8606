// Steps through diagrams made by harness/report/diagram.py. Knows no particular run: every `.dsr-player` brings its data.
"use strict";
(() => {
  function start(player) {
    const data = JSON.parse(player.querySelector(".dsr-data").textContent);
    const find = (selector) => player.querySelector(selector);
    let view = Object.keys(data)[0];
    let at = 0; // 0 shows every step

    const drawing = () => find(`.view[data-view="${view}"]`);

    function show() {
      const steps = data[view];
      player.classList.toggle("stepping", at > 0);
      for (const group of drawing().querySelectorAll("[data-step]")) {
        const number = Number(group.dataset.step);
        group.classList.toggle("later", at > 0 && number > at);
        group.classList.toggle("current", number === at);
      }
      for (const button of player.querySelectorAll("[data-go]")) {
        const here = view === Object.keys(data)[0] && Number(button.dataset.go) === at;
        if (here) button.setAttribute("aria-current", "step");
        else button.removeAttribute("aria-current");
      }
      if (at > 0) drawing().querySelector(".cursor").setAttribute("y", steps[at - 1].y - 19);
      tell(steps);
    }

    function tell(steps) {
      const step = steps[at - 1];
      find(".place").textContent = step
        ? [`Step ${at} of ${steps.length}`, step.when, step.broken ? "✗ breaks the promise" : ""].filter(Boolean).join(" · ")
        : `All ${steps.length} steps`;
      find(".text").textContent = step ? step.text : "Step through it with these buttons or the arrow keys.";
      const facts = find(".facts");
      facts.replaceChildren();
      for (const [name, value] of step ? step.facts : []) {
        for (const [tag, text] of [["dt", name], ["dd", value]]) {
          facts.appendChild(document.createElement(tag)).textContent = text;
        }
      }
    }

    function go(number, scroll = true) {
      at = Math.max(0, Math.min(number, data[view].length));
      show();
      const group = at > 0 && scroll && drawing().querySelector(`.step[data-step="${at}"]`);
      if (!group) return;
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      group.scrollIntoView({ block: "center", inline: "nearest", behavior: calm ? "auto" : "smooth" });
    }

    const moves = {
      first: () => go(1),
      back: () => go(Math.max(at - 1, 1)),
      on: () => go(at + 1),
      last: () => go(data[view].length),
      none: () => go(0),
    };
    const keys = { ArrowLeft: "back", ArrowRight: "on", Home: "first", End: "last", Escape: "none" };

    function everything(yes) {
      view = yes ? "all" : Object.keys(data)[0];
      for (const other of player.querySelectorAll(".view")) other.hidden = other.dataset.view !== view;
      go(0);
    }

    player.addEventListener("click", (event) => {
      const button = event.target.closest("[data-to], [data-go], .step");
      if (!button) return;
      if (button.dataset.to) return moves[button.dataset.to]();
      if (button.dataset.step) return go(Number(button.dataset.step), false);
      const box = find("[data-all]");
      if (box && box.checked) {
        box.checked = false;
        everything(false);
      }
      go(Number(button.dataset.go));
    });
    const box = find("[data-all]");
    if (box) box.addEventListener("change", () => everything(box.checked));
    return (event) => {
      const move = keys[event.key];
      if (!move || event.altKey || event.ctrlKey || event.metaKey || event.target.closest?.("input:not([type=checkbox]), textarea, select")) return;
      event.preventDefault();
      moves[move]();
    };
  }

  // With several diagrams on a page, the keys move the one last pointed at or focused.
  const players = [...document.querySelectorAll(".dsr-player")].map((player) => [player, start(player)]);
  let active = players[0];
  for (const entry of players) {
    for (const kind of ["pointerdown", "focusin"]) entry[0].addEventListener(kind, () => (active = entry));
  }
  document.addEventListener("keydown", (event) => active && (players.length === 1 || active[0].contains(event.target)) && active[1](event));
})();
