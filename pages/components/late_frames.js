// Hands the frames of a moving figure to its chart (live_chart.js), which may stand already or come later.

export default function ({ data }) {
  window.backscopeFrames ??= {};
  window.backscopeFrames[data.chart] = { version: data.version, text: data.frames };
  window.backscopeCharts?.[data.chart]?.framesCame?.();
}
