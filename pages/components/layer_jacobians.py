"""The singular values of a run's layers over training, on the page Layers: computed in the background, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.components import frame
from pages.components.clocked_figure import show_clocked
from pages.components.computed import computed
from pages.components.layer_entries import Entry, still

if TYPE_CHECKING:
    from pages.components.clock import ClockState
    from pages.components.layer_view import View


def layer_jacobians(view: View, state: ClockState) -> None:
    """Draw the figure as soon as it is computed; nothing while the run goes on, or if nothing of it was kept."""
    from diagnostics.figures.layer_jacobians import layer_jacobians_figure
    from runs.layer_jacobians import has_jacobians, states, stored_layer_jacobians

    run_id, store = view.run.id, frame.store()
    if store.entry(run_id).state == "running" or not has_jacobians(view.run, store):
        return
    report = computed(
        f"layer Jacobians {run_id} {max(states(run_id, store), default=0)}",
        "Singular values of every layer in each kept state",
        lambda progress: stored_layer_jacobians(run_id, store, progress),
        slot="jacobians",
    )
    if report is not None:
        entry = Entry("layer_jacobians", "paper", still(lambda _: layer_jacobians_figure(report)), ("time",))
        show_clocked(entry, view, state, live=False)
