// What diagnostics/figures/packing.py sends: a figure, its arrays, and how it changes from frame to frame.

function numbersOf(entry) {
  const bytes = Uint8Array.from(atob(entry.b), (letter) => letter.charCodeAt(0));
  if (entry.t === "f4") return new Float32Array(bytes.buffer);
  const levels = new Uint16Array(bytes.buffer);
  const numbers = new Float32Array(levels.length);
  for (let i = 0; i < levels.length; i++) {
    const value = entry.low + entry.unit * levels[i];
    numbers[i] = levels[i] === 65535 ? NaN : entry.log ? Math.exp(value) : value;
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

function frames(change, arrays) {
  if (change.values) return change.values;
  let start = 0;
  const parts = change.lengths.map((length) => arrays[change.array].subarray(start, (start += length)));
  return change.columns ? parts.map((part) => rows(part, change.columns)) : parts;
}

function unpacked(text) {
  const sent = JSON.parse(text);
  const arrays = sent.arrays.map((entry) => (entry.columns ? rows(numbersOf(entry), entry.columns) : numbersOf(entry)));
  const changes = sent.changes.map((change) => ({ path: change.path, frames: frames(change, arrays) }));
  return { figure: filled(sent.figure, arrays), steps: sent.steps, changes };
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
  for (const { path, frames: values } of changes) {
    let place = result;
    for (const key of path.slice(0, -1)) {
      place[key] = Array.isArray(place[key]) ? [...place[key]] : { ...place[key] };
      place = place[key];
    }
    place[path.at(-1)] = values[frame];
  }
  return result;
}
