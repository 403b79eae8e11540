// What all exports of a figure share: saving a file, and the figure as it is seen on the screen.

// The link stands inside of the menu: a click outside would close it.
function save(blob, name, box) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  box.appendChild(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function fromDataUrl(url) {
  const comma = url.indexOf(",");
  const head = url.slice(5, comma);
  const body = url.slice(comma + 1);
  const type = head.split(";")[0];
  if (!head.includes("base64")) return new Blob([decodeURIComponent(body)], { type });
  return new Blob([Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0))], { type });
}

// Whether what the server made is to be taken: it is sent several times, and saved once.
function isNew(key, number) {
  window.backscopeTaken ??= {};
  if (!number || window.backscopeTaken[key] === number) return false;
  window.backscopeTaken[key] = number;
  return true;
}

// What the person sees is what is saved: the zoom and the hidden curves of the chart on the screen.
function asSeen(figure, chart) {
  if (!chart?.data) return figure;
  for (const [name, axis] of Object.entries(chart.layout)) {
    if (/^[xy]axis\d*$/.test(name) && axis.autorange === false && axis.range) {
      figure.layout[name] = { ...figure.layout[name], range: axis.range, autorange: false };
    }
    if (/^scene\d*$/.test(name) && axis.camera) figure.layout[name] = { ...figure.layout[name], camera: axis.camera };
  }
  figure.data.forEach((trace, index) => {
    const visible = chart._fullData?.find((full) => full.index === index)?.visible;
    if (visible !== undefined && figure.data.length === chart.data.length) trace.visible = visible;
  });
  return figure;
}
