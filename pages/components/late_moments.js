// Charts of which only the figure at the clock's step has been sent: their other frames come later (late_frames.js).

function lateFrames(box) {
  const came = window.backscopeFrames?.[box.dataset.chart];
  return box.late && came?.version === box.late ? came.text : undefined;
}

// The figure as it was sent, or all its frames where they have come and the clock has moved meanwhile.
function moments(box, text) {
  const sent = unpacked(text);
  const late = lateFrames(box);
  return late && sent.steps[0] !== bus(box).at ? { ...unpacked(late), version: box.late } : sent;
}

// The frames are read when the clock first leaves the step at which the figure was sent.
function takeLateFrames(box, step) {
  const { moving } = box;
  const late = lateFrames(box);
  if (!late || moving.version === box.late || (moving.steps.length === 1 && moving.steps[0] === step)) return;
  const { steps, changes } = unpacked(late);
  Object.assign(moving, { steps, changes, version: box.late, frame: -1 });
}

// The frames of a chart have come, or its figure was sent anew: one that has waited for them is drawn now.
function framesCame(box) {
  if (!lateFrames(box) || !box.data) return;
  if (box.drawn !== box.latest) drawOrSay(box, box.sent);
  else showStep(box, bus(box).at);
}
