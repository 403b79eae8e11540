// Makes PNG and SVG of a figure in the browser and saves them; a PDF is made on the server from the SVG and saved here.

const FORMATS = ["png", "svg", "pdf"];

async function image(data, format) {
  const figure = asSeen(JSON.parse(data.figure), window.backscopeCharts?.[data.chart]);
  const scale = format === "png" ? data.scale : 1; // only pixels need more of them; an SVG has a size of its own
  return window.Plotly.toImage(figure, { format, width: data.width, height: data.height, scale });
}

// The size of the drawing in points, 72 to the inch, which the converter takes for the size of the page.
function inPoints(svg) {
  return svg.replace(/^<svg[^>]*>/, (root) =>
    root.replace(/ (width|height)="([\d.]+)"/g, (_, side, pixels) => ` ${side}="${(Number(pixels) * 72) / 96}"`)
  );
}

export default function ({ data, parentElement, setTriggerValue }) {
  const status = parentElement.querySelector("output");
  for (const format of FORMATS) {
    parentElement.querySelector(`button[name=${format}]`).onclick = async () => {
      status.textContent = "Drawing…";
      try {
        const url = await image(data, format === "png" ? "png" : "svg");
        if (format === "pdf") {
          status.textContent = "Making the PDF…";
          setTriggerValue("svg", inPoints(await fromDataUrl(url).text()));
        } else {
          save(fromDataUrl(url), `${data.name}.${format}`, parentElement);
          status.textContent = `${data.name}.${format} saved`;
        }
      } catch (error) {
        status.textContent = `Not exported: ${error.message}`;
      }
    };
  }
  if (!(data.pdf || data.error) || !isNew(`${data.chart}/pdf`, data.number)) return;
  if (data.error) status.textContent = data.error;
  else {
    save(fromDataUrl(`data:application/pdf;base64,${data.pdf}`), `${data.name}.pdf`, parentElement);
    status.textContent = `${data.name}.pdf saved`;
  }
}
