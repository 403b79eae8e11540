// The slider of the one clock (clock_bus.js), its keys and its play button. It tells the server where it came to rest.

const RESTS = 350; // ms without a move: then the server is told
const PLAYS = 100; // ms between two frames of a film, at least

function grouped(number) {
  return number.toLocaleString("en").replaceAll(",", "\u202f");
}

function made(parent) {
  const box = parent.querySelector(".backscope-clock");
  const [play, slider, output, newest] = ["[name=play]", "input", "output", "[name=newest]"].map((what) => box.querySelector(what));
  const time = clock();
  const state = { rest: 0, film: 0, told: undefined, tell: () => {} };

  function position() {
    return time.step === null ? time.steps.length - 1 : Math.max(0, time.steps.findLastIndex((step) => step <= time.step));
  }

  function drawSlider() {
    const last = time.steps.length - 1;
    slider.max = String(Math.max(last, 0));
    slider.value = String(position());
    slider.setAttribute("aria-valuetext", `step ${time.at}`);
    output.innerHTML = `step <b>${grouped(time.at)}</b> of ${grouped(time.steps.at(-1) ?? 0)}`;
    newest.setAttribute("aria-pressed", String(time.step === null));
  }

  function rests(after = RESTS) {
    clearTimeout(state.rest);
    state.rest = setTimeout(() => {
      if (state.told === time.step) return;
      state.told = time.step;
      state.tell("step", time.step);
    }, after);
  }

  function go(number) {
    const step = time.steps[Math.min(Math.max(number, 0), time.steps.length - 1)];
    return step === undefined ? undefined : time.show(step);
  }

  function pause() {
    if (!state.film) return;
    state.film = 0;
    play.textContent = "▶";
    play.setAttribute("aria-label", "Play");
    rests(0);
  }

  async function film(number) {
    let next = position() >= time.steps.length - 1 ? 0 : position() + 1;
    while (state.film === number && next < time.steps.length) {
      const wait = new Promise((on) => setTimeout(on, PLAYS));
      await go(next);
      await wait;
      next = position() + Math.max(1, Math.round(time.steps.length / 60));
      if (next >= time.steps.length && position() < time.steps.length - 1) next = time.steps.length - 1;
    }
    if (state.film === number) pause();
  }

  function toggle() {
    if (state.film) return pause();
    clearTimeout(state.rest);
    state.film = Date.now();
    play.textContent = "❚❚";
    play.setAttribute("aria-label", "Pause");
    return film(state.film);
  }

  slider.oninput = () => {
    pause();
    clearTimeout(state.rest);
    go(Number(slider.value));
  };
  slider.onchange = () => rests(0);
  play.onclick = toggle;
  newest.onclick = () => {
    pause();
    time.show(null);
    rests(0);
  };

  // With the clock, or with nothing, in focus: keys. Elsewhere they belong to what has the focus.
  state.onKey = (event) => {
    const inside = box.contains(document.activeElement);
    const nowhere = document.activeElement?.matches("body, .stMain"); // a click beside everything gives .stMain the focus
    if (event.altKey || event.ctrlKey || event.metaKey || !(inside || nowhere)) return;
    const moves = { ArrowLeft: -1, ArrowRight: 1 };
    if (event.key in moves) go(position() + moves[event.key]);
    else if (event.key === "Home" && inside) go(0);
    else if (event.key === "End" && inside) go(time.steps.length - 1);
    else if (event.key === " " && (!inside || document.activeElement === slider)) toggle();
    else return;
    event.preventDefault();
    if (event.key !== " ") {
      pause();
      rests();
    }
  };
  document.addEventListener("keydown", state.onKey);
  time.drawSlider = drawSlider;
  time.tellLayer = (layer) => {
    state.layer = layer; // what the server will say next; anything else it says was chosen there
    state.tell("layer", layer);
  };
  state.stop = () => {
    state.film = 0;
    clearTimeout(state.rest);
    document.removeEventListener("keydown", state.onKey);
    if (time.drawSlider === drawSlider) time.drawSlider = time.tellLayer = undefined;
  };
  return state;
}

export default function ({ data, parentElement, setStateValue }) {
  const box = parentElement.querySelector(".backscope-clock");
  const time = clock();
  time.steps = JSON.parse(data.steps);
  time.layers = JSON.parse(data.layers);
  const first = !box.clockState;
  box.clockState ??= made(parentElement);
  box.clockState.tell = setStateValue;
  if (first) {
    time.step = box.clockState.told = data.step;
  }
  if (first || data.layer !== box.clockState.layer) {
    time.layer = box.clockState.layer = data.layer;
    for (const chart of time.charts.values()) chart.mark();
  }
  time.show(time.step);
  return () => {
    box.clockState?.stop();
    box.clockState = undefined;
  };
}
