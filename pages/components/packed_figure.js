// What diagnostics/figures/packing.py sends: a figure, its arrays, and how it changes from frame to frame.

function numbersOf(entry) {
  const bytes = Uint8Array.from(atob(entry.b), (letter) => letter.charCodeAt(0));
  if (entry.t === "f4") return new Float32Array(bytes.buffer);
  const [levels, missing] = entry.t === "u1" ? [bytes, 255] : [new Uint16Array(bytes.buffer), 65535]; // missing: no number
  const numbers = new Float32Array(levels.length);
  for (let i = 0; i < levels.length; i++) {
    const value = entry.low + entry.unit * levels[i];
    numbers[i] = levels[i] === missing ? NaN : entry.log ? Math.exp(value) : value;
  }
  return numbers;
}

function rows(numbers, columns) {
  return Array.from({ length: numbers.length / columns }, (_, row) => numbers.subarray(row * columns, (row + 1) * columns));
}

function filled(node, arrays) {
  if (Array.isArray(node)) return node.map((part) => filled(part, arrays));
  if (node === null || typeof node !== "object") return node;
  if ("~" in node) return arrays[node["~"]];
  return Object.fromEntries(Object.entries(node).map(([key, part]) => [key, filled(part, arrays)]));
}

// What stands in a place of the figure at each frame, as a function of the frame's number.
function frames(change, arrays, steps) {
  if (change.values) return (frame) => change.values[frame];
  const numbers = arrays[change.array];
  if ("until" in change) {
    const [from, until] = [arrays[change.from], arrays[change.until]];
    return (frame) => numbers.map((value, i) => (from[i] <= steps[frame] && steps[frame] < until[i] ? value : NaN));
  }
  const starts = [0];
  for (const length of change.lengths) starts.push(starts.at(-1) + length);
  return (frame) => {
    const part = numbers.subarray(starts[frame], starts[frame + 1]);
    return change.columns ? rows(part, change.columns) : part;
  };
}

function unpacked(text) {
  const sent = JSON.parse(text);
  const arrays = sent.arrays.map((entry) => (entry.columns ? rows(numbersOf(entry), entry.columns) : numbersOf(entry)));
  const changes = sent.changes.map((change) => ({ path: change.path, at: frames(change, arrays, sent.steps) }));
  return { figure: filled(sent.figure, arrays), steps: sent.steps, changes, snapshots: sent.rows };
}

// The row of a path that is the newest at a step.
function rowAt(table, path, step) {
  let found = table.path.indexOf(path);
  for (let row = found; row >= 0 && table.path[row] === path && table.step[row] <= step; row++) found = row;
  return found;
}

// The number of the frame that shows a step: the last one that is not after it.
function frameAt(steps, step) {
  let frame = 0;
  while (frame + 1 < steps.length && steps[frame + 1] <= step) frame++;
  return frame;
}

// A copy of a figure with the numbers of one frame; what does not change is shared.
function withFrame(figure, changes, frame) {
  const result = { ...figure };
  for (const { path, at } of changes) {
    let place = result;
    for (const key of path.slice(0, -1)) {
      place[key] = Array.isArray(place[key]) ? [...place[key]] : { ...place[key] };
      place = place[key];
    }
    place[path.at(-1)] = at(frame);
  }
  return result;
}
