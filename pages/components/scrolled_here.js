// Moves the page to where it stands, once for each name: a later run of the script leaves the page where it was scrolled.

const BELOW_HEADER = "4rem";

export default function ({ data, parentElement }) {
  if (parentElement.arrived === data.name) return;
  parentElement.arrived = data.name;
  const place = parentElement.querySelector("span");
  place.style.scrollMarginTop = BELOW_HEADER;
  requestAnimationFrame(() => place.scrollIntoView({ block: "start" }));
}
