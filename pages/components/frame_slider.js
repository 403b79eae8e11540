// A slider that moves charts of its own (clock_bus.js) through frames which the browser has; it tells where it rests.

const RESTS = 350; // ms without a move: then the server is told

export default function ({ data, parentElement, setStateValue }) {
  const box = parentElement.querySelector(".backscope-slider");
  const [label, slider, output, own] = ["span", "input", "output", "[name=own]"].map((what) => box.querySelector(what));
  const bus = clock(data.bus);
  const [places, texts] = [data.places, data.texts].map((sent) => JSON.parse(sent));
  bus.steps = places;
  label.textContent = data.label;
  slider.setAttribute("aria-label", data.label);
  slider.max = String(places.length - 1);

  function draw() {
    const place = frameAt(places, bus.at);
    slider.value = String(place);
    output.textContent = texts[place];
    own.setAttribute("aria-pressed", String(place === data.own));
  }

  function rests() {
    clearTimeout(box.rest);
    box.rest = setTimeout(() => setStateValue("place", frameAt(places, bus.at)), RESTS);
  }

  function go(place) {
    bus.show(places[place]);
    rests();
  }

  slider.oninput = () => go(Number(slider.value));
  own.onclick = () => go(data.own);
  bus.drawSlider = draw;
  if (box.told !== data.subject) {
    box.told = data.subject;
    bus.step = places[data.place];
  }
  bus.show(bus.step);
  return () => {
    clearTimeout(box.rest);
    if (bus.drawSlider === draw) bus.drawSlider = undefined;
  };
}
