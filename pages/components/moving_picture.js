// Plays a recorded training of the example: the decision surface, its points, and each layer's activations.

const BLUE = [31, 119, 180];
const ORANGE = [230, 134, 42];
const DEPTH = ["--bs-first", "--bs-middle", "--bs-last"]; // colours of the layers, from the first to the last

function background(element) {
  const parts = getComputedStyle(element).backgroundColor.match(/[\d.]+/g)?.map(Number);
  return parts && parts.length >= 3 && parts[3] !== 0 ? parts : [255, 255, 255];
}

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function surface(film, frame, base) {
  const pixels = new ImageData(film.side, film.side);
  for (let y = 0; y < film.side; y++) {
    for (let x = 0; x < film.side; x++) {
      const p = film.surfaces[frame * film.side * film.side + (film.side - 1 - y) * film.side + x] / 255;
      const color = p > 0.5 ? BLUE : ORANGE;
      const strength = Math.abs(p - 0.5) * 1.1;
      const at = 4 * (y * film.side + x);
      for (let c = 0; c < 3; c++) pixels.data[at + c] = base[c] + (color[c] - base[c]) * strength;
      pixels.data[at + 3] = 255;
    }
  }
  return pixels;
}

function paint(canvas, film, frame) {
  const context = canvas.getContext("2d");
  const base = background(document.querySelector(".stApp"));
  const small = new OffscreenCanvas(film.side, film.side);
  small.getContext("2d").putImageData(surface(film, frame, base), 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  for (const [x, y, label] of film.points) {
    context.beginPath();
    context.arc(x * canvas.width, (1 - y) * canvas.height, 6, 0, 2 * Math.PI);
    context.fillStyle = `rgb(${label ? BLUE : ORANGE})`;
    context.fill();
    context.lineWidth = 1.6;
    context.strokeStyle = `rgb(${base.slice(0, 3)})`;
    context.stroke();
  }
}

function histogram(film, layer, frame) {
  const start = (frame * film.layers.length + layer) * film.bins;
  const counts = film.histograms.subarray(start, start + film.bins);
  const width = 100 / film.bins;
  const bars = Array.from(counts, (count, bin) => {
    const height = (count / 255) * 30;
    return `<rect x="${(bin * width).toFixed(2)}" y="${(30 - height).toFixed(2)}" width="${(width * 0.86).toFixed(2)}" height="${height.toFixed(2)}"/>`;
  });
  return `<svg viewBox="0 0 100 31" preserveAspectRatio="none" fill="currentColor">${bars.join("")}<path d="M0 30.5H100" stroke="currentColor" stroke-width="0.4" opacity="0.5"/></svg>`;
}

function layer(film, number, frame) {
  const label = `layer ${number + 1}`;
  return `<div style="color: var(${DEPTH[number % DEPTH.length]})"><b>${label}</b>${histogram(film, number, frame)}<span><i>−1</i><i>0</i><i>1</i></span></div>`;
}

async function load() {
  const answer = await fetch(new URL("app/static/two_spirals.json", document.baseURI));
  const film = await answer.json();
  film.surfaces = bytes(film.surfaces);
  film.histograms = bytes(film.histograms);
  return film;
}

function show(parent, film, frame) {
  paint(parent.querySelector("canvas"), film, frame);
  parent.querySelector(".layers").innerHTML = film.layers.map((_, number) => layer(film, number, frame)).join("");
  const step = film.steps[frame].toLocaleString("en").replace(",", "\u202f");
  const right = Math.round(100 * film.accuracy[frame]);
  parent.querySelector("figcaption span").textContent = `Step ${step}: ${right} % of the points it has not seen are right.`;
}

export default function ({ parentElement }) {
  if (parentElement.filmTimer) return undefined;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const button = parentElement.querySelector("button");
  let playing = !still;
  button.textContent = playing ? "❚❚" : "▶";
  button.onclick = () => {
    playing = !playing;
    button.textContent = playing ? "❚❚" : "▶";
  };
  load().then((film) => {
    let frame = still ? film.steps.length - 1 : 0;
    let rest = 0;
    show(parentElement, film, frame);
    parentElement.filmTimer = setInterval(() => {
      if (!playing || document.hidden) return;
      rest = frame === film.steps.length - 1 ? rest + 1 : 0;
      if (rest > 0 && rest < 20) return;
      frame = (frame + 1) % film.steps.length;
      show(parentElement, film, frame);
    }, 140);
  });
  return () => {
    clearInterval(parentElement.filmTimer);
    parentElement.filmTimer = undefined;
  };
}
