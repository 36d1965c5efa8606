// Plays diagrams made by harness/report/diagram.py. Knows no particular run: every `.dsr-player` brings its data. A page that adds
// a player later calls `dsrPlayers(element)`.
"use strict";
(() => {
  const PACE_MS = 1300;
  const KEYS = { ArrowLeft: "back", ArrowRight: "on", Home: "first", End: "last", Escape: "none", " ": "play" };
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  let active = null;

  function add(parent, tag, text, kind) {
    const element = parent.appendChild(document.createElement(tag));
    element.textContent = text;
    if (kind) element.className = kind;
    return element;
  }

  // Text in which what stands in backquotes is code.
  function coded(element, text) {
    element.replaceChildren();
    for (const [place, part] of text.split("`").entries()) add(element, place % 2 ? "code" : "span", part);
  }

  function start(player) {
    const data = JSON.parse(player.querySelector(".dsr-data").textContent);
    const find = (selector) => player.querySelector(selector);
    const first = Object.keys(data)[0];
    let [view, at, timer] = [first, 0, null]; // step 0 shows every step

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
        if (view === first && Number(button.dataset.go) === at) button.setAttribute("aria-current", "step");
        else button.removeAttribute("aria-current");
      }
      if (at > 0) drawing().querySelector(".cursor").setAttribute("y", steps[at - 1].y - 19);
      const scrub = find(".scrub");
      [scrub.max, scrub.value] = [steps.length, at];
      scrub.setAttribute("aria-valuetext", at ? `event ${at} of ${steps.length}` : "all events");
      tell(steps);
    }

    function tell(steps) {
      const step = steps[at - 1];
      find(".place").textContent = step
        ? [`Event ${at} of ${steps.length}`, step.when, step.broken ? "✗ breaks the promise" : ""].filter(Boolean).join(" · ")
        : `All ${steps.length} events`;
      coded(find(".text"), step ? step.text : "Play it, or step through it with the arrow keys.");
      const facts = find(".facts");
      facts.replaceChildren();
      for (const [name, value] of step ? step.facts : []) add(facts, "dt", name), add(facts, "dd", value);
      const machines = find(".machines dl");
      machines.replaceChildren();
      for (const [name, held] of Object.entries(state(steps, at || steps.length))) {
        add(machines, "dt", name);
        const list = add(machines, "dd", "");
        for (const [what, value] of held) add(list, "div", what ? `${what}: ${value}` : value, what ? "" : `is-${value}`);
      }
      find(".machines").hidden = !at || !machines.children.length;
    }

    const state = (steps, number) => Object.assign({}, ...steps.slice(0, number).map((step) => step.state));

    function go(number, scroll = true) {
      at = Math.max(0, Math.min(number, data[view].length));
      show();
      const group = at > 0 && scroll && drawing().querySelector(`.step[data-step="${at}"]`);
      if (group) bring(group);
    }

    // Into sight: the row on the page, and in a narrow drawing the machine as well.
    function bring(group) {
      const behavior = calm() ? "auto" : "smooth";
      const [scroller, sign] = [group.closest(".scroll"), group.querySelector(".dot, .stop, .open, .bar, .ring")];
      const places = [scroller, sign || group].map((element) => element.getBoundingClientRect());
      const x = scroller.scrollLeft + places[1].left - places[0].left;
      scroller.scrollTo({ left: x < places[0].width - 60 ? 0 : x - places[0].width / 2, behavior });
      const row = group.getBoundingClientRect();
      window.scrollBy({ top: row.top - window.innerHeight * 0.4, behavior });
    }

    function play(yes) {
      clearInterval(timer);
      timer = yes ? setInterval(() => (at < data[view].length ? go(at + 1) : play(false)), PACE_MS) : null;
      const button = find('[data-to="play"]');
      button.textContent = yes ? "❚❚" : "▶";
      button.setAttribute("aria-pressed", String(yes));
      button.setAttribute("aria-label", yes ? "Stop playing" : "Play");
      if (yes) go(at < data[view].length ? at + 1 : 1);
    }

    const moves = {
      first: () => go(1),
      back: () => go(Math.max(at - 1, 1)),
      on: () => go(at + 1),
      last: () => go(data[view].length),
      none: () => go(0, false),
    };

    function move(name) {
      if (name === "play") return play(timer === null);
      play(false);
      return moves[name]();
    }

    function everything(yes) {
      view = yes ? "all" : first;
      for (const other of player.querySelectorAll(".view")) other.hidden = other.dataset.view !== view;
      play(false);
      go(0);
    }

    player.addEventListener("click", (event) => {
      const button = event.target.closest("[data-to], [data-go], [data-step]");
      if (!button || !player.contains(button)) return;
      if (button.dataset.to) return move(button.dataset.to);
      play(false);
      if (button.dataset.step) return go(Number(button.dataset.step), false);
      const box = find("[data-all]");
      if (box && box.checked) everything((box.checked = false));
      go(Number(button.dataset.go));
    });
    find(".scrub").addEventListener("input", (event) => (play(false), go(Number(event.target.value))));
    const box = find("[data-all]");
    if (box) box.addEventListener("change", () => everything(box.checked));
    for (const kind of ["pointerdown", "focusin"]) player.addEventListener(kind, () => (active = { player, move }));
    hints(player, (name) => state(data[view], at || data[view].length)[name]);
    show();
    return { player, move };
  }

  // What a message says and what a machine holds, beside the pointer. The same is in the panel, for those who step with the keyboard.
  function hints(player, held) {
    const tip = add(player, "div", "", "beside");
    tip.hidden = true;
    for (const title of player.querySelectorAll("svg title")) {
      title.parentElement.dataset.tip = title.textContent.replaceAll("`", "");
      title.remove();
    }
    player.addEventListener("pointermove", (event) => {
      const over = event.target.closest?.("[data-tip]");
      tip.hidden = !over || event.pointerType === "touch";
      if (tip.hidden) return;
      const more = over.classList.contains("head") ? (held(over.dataset.tip) || []).map(([what, value]) => (what ? `${what}: ${value}` : value)) : [];
      tip.textContent = [over.dataset.tip, ...more].join("\n");
      const box = player.getBoundingClientRect();
      tip.style.left = `${Math.min(event.clientX - box.left + 14, box.width - tip.offsetWidth - 4)}px`;
      tip.style.top = `${event.clientY - box.top + 16}px`;
    });
    player.addEventListener("pointerleave", () => (tip.hidden = true));
  }

  function all(parent) {
    const found = [...parent.querySelectorAll(".dsr-player:not(.ready)")];
    return found.map((player) => (player.classList.add("ready"), start(player)));
  }

  const players = all(document);
  if (players.length === 1 && document.body.classList.contains("dsr-page")) active = players[0];
  // With several diagrams on a page, the keys move the one last pointed at or focused.
  document.addEventListener("keydown", (event) => {
    const inside = active && active.player.isConnected && (document.body.classList.contains("dsr-page") || active.player.contains(event.target));
    const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable=true]");
    const pressing = event.key === " " && event.target.closest?.("button, summary, input, a");
    if (!inside || !KEYS[event.key] || typing || pressing || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    active.move(KEYS[event.key]);
  });
  globalThis.dsrPlayers = all;
})();
