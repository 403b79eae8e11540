// What lies over a chart under the clock, which need not be redrawn: the line at the clock's step, a frame around a layer.

function element(box, name, number = 0) {
  const found = box.parentElement.querySelectorAll(`.${name}`)[number];
  if (found) return found;
  const made = document.createElement("i");
  made.className = name;
  return box.parentElement.appendChild(made);
}

// The axes of all plots of a figure that share the first one's steps.
function plots({ _fullLayout: layout }) {
  const alike = Object.keys(layout).filter((name) => /^xaxis\d+$/.test(name) && layout[name].matches === "x");
  return ["xaxis", ...alike].map((name) => [layout[name], layout[name.replace("x", "y")]]);
}

function put(mark, left, top, width, height) {
  const whole = [left, top, width, height].every(Number.isFinite);
  mark.style.display = whole ? "" : "none";
  if (whole) Object.assign(mark.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}

function placeNow(box, x, y, number) {
  const { at } = bus(box);
  const names = x.type === "category" ? (x._categories ?? []) : null;
  const left = names ? x.r2p(frameAt(names.map(Number), at)) : x.d2p(at);
  const inside = left >= -1 && left <= x._length + 1;
  put(element(box, "bs-now", number), inside ? x._offset + left - 0.75 : NaN, y._offset, 1.5, y._length);
}

function place(box) {
  const { xaxis: x, yaxis: y } = box._fullLayout ?? {};
  if (!box.moving || !x?.d2p || !y?.d2p) return;
  const { layer } = bus(box);
  if (box.moving.time) plots(box).forEach(([across, up], number) => placeNow(box, across, up, number));
  if (box.moving.rows) {
    const height = Math.abs(y.r2p(1) - y.r2p(0));
    const number = (y._categories ?? []).indexOf(layer);
    put(element(box, "bs-chosen"), x._offset, number < 0 ? NaN : y._offset + y.r2p(number) - height / 2, x._length, height);
  }
  if (box.moving.columns) {
    const number = (x.ticktext ?? []).indexOf(layer);
    const width = Math.abs(x.d2p(2) - x.d2p(1)) * 0.7;
    put(element(box, "bs-chosen"), number < 0 ? NaN : x._offset + x.d2p(x.tickvals[number]) - width / 2, y._offset, width, y._length);
  }
}
