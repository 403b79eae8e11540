// Draws the frames of a growing figure (packed_figure.js) one after another; the server makes a GIF of them, saved here.

const PATIENCE = 60000; // ms for the server's answer

class Cancelled extends Error {}

// Plotly writes into the layout that it draws (axes that are tied together get other ranges): each frame has its own.
async function drawFrames(data, film, tell) {
  const { figure, changes } = unpacked(data.film);
  const seen = asSeen(figure, window.backscopeCharts?.[data.chart]);
  const size = { format: "png", width: data.width, height: data.height, scale: data.scale };
  const images = [];
  for (let frame = 0; frame < data.n_frames; frame++) {
    if (film.cancelled) throw new Cancelled();
    tell(frame);
    const { data: traces, layout } = withFrame(seen, changes, frame);
    images.push(await window.Plotly.toImage({ data: traces, layout: structuredClone(layout) }, size));
    await new Promise((go) => setTimeout(go)); // a click on Cancel is heard
  }
  if (film.cancelled) throw new Cancelled();
  return images;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const [status, bar] = [parentElement.querySelector("output"), parentElement.querySelector("progress")];
  const [start, cancel] = ["gif", "cancel"].map((name) => parentElement.querySelector(`button[name=${name}]`));
  const end = (words) => {
    clearTimeout(parentElement.film?.timer);
    parentElement.film = null;
    bar.hidden = cancel.hidden = true;
    start.disabled = false;
    status.textContent = words;
  };
  cancel.onclick = () => {
    if (parentElement.film) parentElement.film.cancelled = true;
  };
  start.onclick = async () => {
    const film = { cancelled: false };
    parentElement.film = film;
    start.disabled = true;
    bar.hidden = cancel.hidden = false;
    const since = performance.now();
    const tell = (frame) => {
      if (!parentElement.isConnected) film.cancelled = true; // the menu was closed
      bar.value = frame / data.n_frames;
      const left = (((performance.now() - since) / 1000) * (data.n_frames - frame)) / Math.max(frame, 1);
      status.textContent = `Drawing frame ${frame + 1} of ${data.n_frames}…${frame > 2 ? ` ${Math.ceil(left)} s left` : ""}`;
    };
    try {
      const images = await drawFrames(data, film, tell);
      cancel.hidden = true;
      bar.removeAttribute("value");
      status.textContent = "Making the GIF…";
      film.timer = setTimeout(() => end("The server did not answer: repeat the export, or take the HTML."), PATIENCE);
      setTriggerValue("frames", images);
    } catch (error) {
      end(error instanceof Cancelled ? "Cancelled" : `Not exported: ${error.message}`);
    }
  };
  if (!(data.gif || data.error) || !isNew(`${data.chart}/gif`, data.number)) return;
  if (data.error) end(data.error);
  if (data.gif) {
    save(fromDataUrl(`data:image/gif;base64,${data.gif}`), `${data.name}.gif`, parentElement);
    end(`${data.name}.gif saved`);
  }
}
