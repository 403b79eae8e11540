// Moves the page to where it stands, once for each name: a later run of the script leaves the page where it was scrolled.

const BELOW_HEADER = "4rem";
const AGAIN = [0, 300, 900]; // ms: at first there may be too little below it for the page to move that far
const BY_HAND = ["wheel", "touchstart", "pointerdown", "keydown"];

export default function ({ data, parentElement }) {
  if (parentElement.arrived === data.name) return;
  parentElement.arrived = data.name;
  const place = parentElement.querySelector("span");
  place.style.scrollMarginTop = BELOW_HEADER;
  const timers = AGAIN.map((after) => setTimeout(() => place.scrollIntoView({ block: "start" }), after));
  const end = () => timers.forEach(clearTimeout);
  BY_HAND.forEach((what) => addEventListener(what, end, { once: true, passive: true }));
}
