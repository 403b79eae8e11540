// What lies over a chart under the clock, which need not be redrawn: the line at the clock's step, a frame around a layer.

function element(box, name) {
  const found = box.parentElement.querySelector(`.${name}`);
  if (found) return found;
  const made = document.createElement("i");
  made.className = name;
  return box.parentElement.appendChild(made);
}

function put(mark, left, top, width, height) {
  const whole = [left, top, width, height].every(Number.isFinite);
  mark.style.display = whole ? "" : "none";
  if (whole) Object.assign(mark.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}

function place(box) {
  const { xaxis: x, yaxis: y } = box._fullLayout ?? {};
  if (!box.moving || !x?.d2p || !y?.d2p) return;
  const { at, layer } = bus(box);
  if (box.moving.time) {
    const names = x.type === "category" ? (x._categories ?? []) : null;
    const left = names ? x.r2p(frameAt(names.map(Number), at)) : x.d2p(at);
    put(element(box, "bs-now"), left >= -1 && left <= x._length + 1 ? x._offset + left - 0.75 : NaN, y._offset, 1.5, y._length);
  }
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
