// The one clock of a page: every chart that has to do with time or layers hears of it here. Its slider is clock.js.
// Other sliders (frame_slider.js) move charts of their own in the same way: each has a bus with a name of its own, whose
// steps are the places of the slider.

function clock(name = "clock") {
  window.backscopeClocks ??= {};
  window.backscopeClocks[name] ??= {
    steps: [],
    layers: [],
    step: null, // null: the newest
    layer: null,
    charts: new Map(),
    get at() {
      return this.step ?? this.steps.at(-1) ?? 0;
    },
    // Draws all charts that can be seen at the clock's step; while one frame is drawn, later ones wait as one.
    async show(step) {
      this.step = step;
      this.drawSlider?.();
      if (this.drawing) {
        this.again = true;
        return this.drawing;
      }
      this.drawing = this.drawAll();
      await this.drawing;
      this.drawing = null;
    },
    async drawAll() {
      do {
        this.again = false;
        for (const chart of [...this.charts.values()]) await chart.show(this.at);
        await new Promise((go) => {
          requestAnimationFrame(go);
          setTimeout(go, 60); // a hidden tab has no frames
        });
      } while (this.again);
    },
    select(layer) {
      if (!this.layers.includes(layer)) return;
      this.layer = this.layer === layer ? null : layer;
      for (const chart of this.charts.values()) chart.mark();
      this.tellLayer?.(this.layer);
    },
  };
  return window.backscopeClocks[name];
}
