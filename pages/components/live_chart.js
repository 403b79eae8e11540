// Draws a Plotly figure in place: Plotly.react keeps zoom, hover and hidden curves, so nothing jumps at an update.
// A figure under the clock (clock_bus.js) has frames (packed_figure.js), a line at the clock's step, and layers to click.
// Of a clickable figure the server is told which point or cell was clicked.

function plotly() {
  window.backscopePlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("app/static/plotly.min.js", document.baseURI).href;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      window.backscopePlotly = undefined;
      reject(new Error("plotly.min.js could not be loaded"));
    };
    document.head.appendChild(script);
  });
  return window.backscopePlotly;
}

const isFull = (box) => document.fullscreenElement === box.parentElement;
const fullScreen = {
  name: "Full screen",
  icon: { width: 24, height: 24, path: "M7 14H5v5h5v-2H7v-3zm-2-4h2V7h3V5H5v5zm12 7h-3v2h5v-5h-2v3zM14 5v2h3v3h2V5h-5z" },
  click: (box) => (isFull(box) ? document.exitFullscreen() : box.parentElement.requestFullscreen()),
};

const config = {
  displaylogo: false,
  responsive: false,
  modeBarButtonsToRemove: ["sendChartToCloud", "toImage", "select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
  modeBarButtonsToAdd: [fullScreen],
};

const bus = (box) => clock(box.busName);

const BUSY = 250; // ms for which charts may be drawn before the browser shows what stands

// The first drawing of a chart waits for a frame, so that the text of a page is seen before its charts, and these one
// after another; but not for one of its own, since each frame lays out the page anew.
function turn() {
  const frame = () =>
    performance.now() - (window.backscopeFrame ?? -Infinity) < BUSY
      ? undefined
      : new Promise((go) => {
          requestAnimationFrame(() => setTimeout(go));
          setTimeout(go, 200); // a hidden tab has no frames
        }).then(() => (window.backscopeFrame = performance.now()));
  window.backscopeTurn = (window.backscopeTurn ?? Promise.resolve()).then(frame);
  return window.backscopeTurn;
}

async function draw(box, data) {
  const Plotly = await plotly();
  if (data.clock && !box.data) await comesNear(box);
  if (!box.data) await turn();
  else if (data.clock?.late && !lateFrames(box)) return; // an update waits for the frame at which the clock is
  if (box.latest !== data.figure || !box.isConnected) return;
  box.drawn = data.figure;
  const moving = data.clock ? moments(box, data.figure) : { figure: JSON.parse(data.figure), steps: [], changes: [] };
  const layout = moving.figure.layout;
  delete layout.width;
  layout.autosize = true;
  layout.height = isFull(box) ? window.innerHeight : data.height;
  box.moving = data.clock ? { ...moving, ...data.clock, frame: frameAt(moving.steps, bus(box).at) } : null;
  const figure = box.moving ? withFrame(moving.figure, moving.changes, box.moving.frame) : moving.figure;
  if (box.moving) figure.data = dimmed(box, figure.data);
  await Plotly.react(box, { data: figure.data, layout: figure.layout, config, frames: figure.frames });
  if (box.moving) listen(box);
  tellRow(box);
  if (data.clickable) tellClicks(box);
  box.dataset.drawn = String(Number(box.dataset.drawn || 0) + 1);
}

// Lines of other layers than the chosen one step back, and their bands go.
function dimmed(box, traces) {
  const { layer, layers } = bus(box);
  return traces.map((trace, number) => {
    const steps = layer !== null && layers.includes(trace.legendgroup) && trace.legendgroup !== layer;
    const fillcolor = steps ? "rgba(0,0,0,0)" : box.moving.figure.data[number]?.fillcolor;
    return { ...trace, opacity: steps ? 0.25 : 1, ...(trace.fill && { fillcolor }) };
  });
}

function drawOrSay(box, data) {
  draw(box, data).catch((error) => {
    box.textContent = `The figure could not be drawn: ${error.message}. Reload the page.`;
  });
}

// A figure far below is drawn when the person comes near it.
function comesNear(box) {
  return new Promise((come) => {
    const near = ([entry]) => {
      if (!entry.isIntersecting) return;
      observer.disconnect();
      come();
    };
    const observer = new IntersectionObserver(near, { rootMargin: "300px 0px" });
    observer.observe(box);
  });
}

// A third of it, at least: so long as less can be seen, it is not drawn anew for each frame.
function canBeSeen(box) {
  const { top, bottom, height } = box.getBoundingClientRect();
  return Math.min(bottom, window.innerHeight) - Math.max(top, 0) > height / 3;
}

async function showStep(box, step) {
  const moving = box.moving;
  if (moving && box.data) takeLateFrames(box, step);
  if (!moving || !box.data || !canBeSeen(box)) {
    if (moving) moving.late = true;
    return;
  }
  moving.late = false;
  const frame = frameAt(moving.steps, step);
  if (frame !== moving.frame && moving.changes.length) {
    moving.frame = frame;
    await swap(box, moving.changes, frame);
  }
  tellRow(box);
  place(box);
}

// The chart beside a map (bus "snapshot") shows one row of it: that under the mouse, else the newest of the same path.
function tellRow(box, row) {
  const table = box.moving?.snapshots;
  if (!table) return;
  if (row === undefined) row = rowAt(table, table.path.includes(box.path) ? box.path : 0, bus(box).at); // a map of fewer runs
  else box.path = table.path[row];
  clock("snapshot").show(row);
}

// Where only numbers of traces change, Plotly.restyle leaves the rest alone.
function swap(box, changes, frame) {
  if (changes.every(({ path }) => path[0] === "data" && path.length === 3)) {
    const traces = [...new Set(changes.map(({ path }) => path[1]))];
    const update = {};
    for (const { path, at } of changes) {
      update[path[2]] ??= traces.map(() => undefined);
      update[path[2]][traces.indexOf(path[1])] = at(frame);
    }
    return window.Plotly.restyle(box, update, traces);
  }
  const { data, layout } = withFrame({ data: box.data, layout: box.layout }, changes, frame);
  return window.Plotly.react(box, data, layout, config);
}

function listen(box) {
  place(box);
  if (box.listening) return;
  box.listening = true;
  box.on("plotly_afterplot", () => place(box));
  box.on("plotly_relayouting", () => place(box));
  box.on("plotly_hover", ({ points: [point] }) => point.data.meta?.rows && tellRow(box, point.customdata.at(-1)));
  box.on("plotly_click", ({ points: [point] }) => {
    const told = [point.data.legendgroup, point.customdata?.[0], point.y, point.x];
    bus(box).select(told.find((name) => bus(box).layers.includes(name)));
  });
  box.addEventListener("click", ({ target }) => {
    const text = target.closest?.(".ytick text, .xtick text, .textpoint text");
    if (text) bus(box).select(text.textContent.trim());
  });
  box.on("plotly_legendclick", ({ data, curveNumber }) => {
    const trace = data[curveNumber];
    if (!bus(box).layers.includes(trace.legendgroup) || trace.visible === "legendonly") return true;
    bus(box).select(trace.legendgroup);
    return false;
  });
}

function tellClicks(box) {
  if (box.listening) return;
  box.listening = true;
  box.on("plotly_click", ({ points }) => {
    const point = points.findLast(({ data }) => data.hoverinfo !== "skip");
    if (point) box.tell("clicked", { trace: point.curveNumber, place: [point.pointNumber].flat() });
  });
}

function mark(box) {
  if (!box.moving || !box.data) return;
  window.Plotly.react(box, dimmed(box, box.data), box.layout, config);
  place(box);
}

function watchSize(box) {
  let width = box.clientWidth;
  const observer = new ResizeObserver(() => {
    if (Math.abs(box.clientWidth - width) < 2 || box.clientWidth === 0) return;
    width = box.clientWidth;
    if (box.data) window.Plotly.Plots.resize(box);
  });
  observer.observe(box);
  const inView = new IntersectionObserver(() => box.moving?.late && showStep(box, bus(box).at), { threshold: [0, 0.35] });
  inView.observe(box);
  const onFullScreen = () => {
    if (!box.data) return;
    box.parentElement.style.background = isFull(box) ? getComputedStyle(document.querySelector(".stApp")).backgroundColor : "";
    window.Plotly.relayout(box, { height: isFull(box) ? window.innerHeight : Number(box.dataset.height) });
  };
  document.addEventListener("fullscreenchange", onFullScreen);
  return () => {
    observer.disconnect();
    inView.disconnect();
    document.removeEventListener("fullscreenchange", onFullScreen);
  };
}

export default function ({ data: sent, parentElement, setTriggerValue }) {
  const data = { ...sent, clock: sent.clock && JSON.parse(sent.clock) };
  const box = parentElement.querySelector(".backscope-chart");
  box.tell = setTriggerValue;
  box.classList.toggle("bs-clickable", Boolean(data.clickable));
  box.style.minHeight = `${data.height}px`;
  box.dataset.height = String(data.height);
  box.dataset.chart = data.key;
  box.busName = data.clock?.bus;
  box.setAttribute("aria-label", data.label);
  window.backscopeCharts ??= {};
  window.backscopeCharts[data.key] = box;
  const chart = { show: (step) => showStep(box, step), mark: () => mark(box) };
  if (data.clock) bus(box).charts.set(data.key, chart);
  box.classList.toggle("bs-clocked", Boolean(data.clock));
  box.stopWatching ??= watchSize(box);
  const isNew = box.latest !== data.figure;
  Object.assign(box, { latest: data.figure, sent: data, late: data.clock?.late, framesCame: () => framesCame(box) });
  if (isNew) drawOrSay(box, data);
  else framesCame(box);
  return () => {
    box.stopWatching?.();
    box.stopWatching = undefined;
    box.latest = undefined;
    if (bus(box).charts.get(data.key) === chart) bus(box).charts.delete(data.key);
    if (window.backscopeCharts[data.key] === box) delete window.backscopeCharts[data.key];
    setTimeout(() => !box.isConnected && box.data && window.Plotly.purge(box), 500); // the next page comes first
  };
}
