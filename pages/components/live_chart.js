// Draws a Plotly figure in place: Plotly.react keeps zoom, hover and hidden curves, so nothing jumps at an update.

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

const fullScreen = {
  name: "Full screen",
  icon: { width: 24, height: 24, path: "M7 14H5v5h5v-2H7v-3zm-2-4h2V7h3V5H5v5zm12 7h-3v2h5v-5h-2v3zM14 5v2h3v3h2V5h-5z" },
  click: (box) => (document.fullscreenElement ? document.exitFullscreen() : box.requestFullscreen()),
};

const config = {
  displaylogo: false,
  responsive: false,
  modeBarButtonsToRemove: ["sendChartToCloud", "toImage", "select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
  modeBarButtonsToAdd: [fullScreen],
};

// The first drawing of each chart waits for a frame of its own, so that the text of a page is seen before its charts.
function turn() {
  const frame = () =>
    new Promise((go) => {
      requestAnimationFrame(() => setTimeout(go));
      setTimeout(go, 200); // a hidden tab has no frames
    });
  window.backscopeTurn = (window.backscopeTurn ?? Promise.resolve()).then(frame);
  return window.backscopeTurn;
}

async function draw(box, data) {
  const figure = JSON.parse(data.figure);
  const layout = figure.layout;
  delete layout.width;
  layout.autosize = true;
  layout.height = document.fullscreenElement === box ? window.innerHeight : data.height;
  const Plotly = await plotly();
  if (!box.data) await turn();
  if (box.latest !== data.figure || !box.isConnected) return;
  await Plotly.react(box, { data: figure.data, layout, config, frames: figure.frames });
  box.dataset.drawn = String(Number(box.dataset.drawn || 0) + 1);
}

function watchSize(box) {
  let width = box.clientWidth;
  const observer = new ResizeObserver(() => {
    if (Math.abs(box.clientWidth - width) < 2 || box.clientWidth === 0) return;
    width = box.clientWidth;
    if (box.data) window.Plotly.Plots.resize(box);
  });
  observer.observe(box);
  const onFullScreen = () => {
    if (!box.data) return;
    const full = document.fullscreenElement === box;
    box.style.background = full ? getComputedStyle(document.querySelector(".stApp")).backgroundColor : "";
    window.Plotly.relayout(box, { height: full ? window.innerHeight : Number(box.dataset.height) });
  };
  document.addEventListener("fullscreenchange", onFullScreen);
  return () => {
    observer.disconnect();
    document.removeEventListener("fullscreenchange", onFullScreen);
  };
}

export default function ({ data, parentElement }) {
  const box = parentElement.querySelector(".backscope-chart");
  box.style.minHeight = `${data.height}px`;
  box.dataset.height = String(data.height);
  box.dataset.chart = data.key;
  box.setAttribute("aria-label", data.label);
  window.backscopeCharts ??= {};
  window.backscopeCharts[data.key] = box;
  box.stopWatching ??= watchSize(box);
  if (box.latest !== data.figure) {
    box.latest = data.figure;
    draw(box, data).catch((error) => {
      box.textContent = `The figure could not be drawn: ${error.message}. Reload the page.`;
    });
  }
  return () => {
    box.stopWatching?.();
    box.stopWatching = undefined;
    box.latest = undefined;
    if (window.backscopeCharts[data.key] === box) delete window.backscopeCharts[data.key];
    setTimeout(() => !box.isConnected && box.data && window.Plotly.purge(box), 500); // the next page comes first
  };
}
