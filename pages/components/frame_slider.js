// A slider that moves charts of its own (clock_bus.js) through frames which the browser has; it tells where it rests.

const RESTS = 350; // ms without a move: then the server is told

export default function ({ data, parentElement, setStateValue }) {
  const box = parentElement.querySelector(".backscope-slider");
  const [label, slider, output, own] = ["span", "input", "output", "[name=own]"].map((what) => box.querySelector(what));
  const bus = clock(data.bus);
  bus.steps = data.places;
  label.textContent = data.label;
  slider.setAttribute("aria-label", data.label);
  slider.max = String(data.places.length - 1);

  function draw() {
    const place = frameAt(data.places, bus.at);
    slider.value = String(place);
    output.textContent = data.texts[place];
    own.setAttribute("aria-pressed", String(place === data.own));
  }

  function rests() {
    clearTimeout(box.rest);
    box.rest = setTimeout(() => setStateValue("place", frameAt(data.places, bus.at)), RESTS);
  }

  function go(place) {
    bus.show(data.places[place]);
    rests();
  }

  slider.oninput = () => go(Number(slider.value));
  own.onclick = () => go(data.own);
  bus.drawSlider = draw;
  if (box.told !== data.subject) {
    box.told = data.subject;
    bus.step = data.places[data.place];
  }
  bus.show(bus.step);
  return () => {
    clearTimeout(box.rest);
    if (bus.drawSlider === draw) bus.drawSlider = undefined;
  };
}
