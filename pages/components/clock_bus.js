// The one clock of a page: every chart that has to do with time or layers hears of it here. Its slider is clock.js.

function clock() {
  window.backscopeClock ??= {
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
  return window.backscopeClock;
}
