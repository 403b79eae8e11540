"""The run that the page Train shows: its name, its settings in one line, and a way to put them into the form."""

from __future__ import annotations

import html

import streamlit as st

from pages.components import experiment_form, frame, words
from pages.components.data_choice import choose_data_of
from pages.components.fork import fork_button, origin


def run_heading(run_id: str) -> None:
    """Draw the heading. What the form says is the next run; this says what the figures below belong to."""
    from diagnostics.settings_in_words import seeds, settings

    entry = frame.store().entry(run_id)
    data = "" if entry.data_name == entry.name else f"{entry.data_name}: "
    what = f"{data}{settings(entry.experiment)}; {words.plural(entry.experiment.epochs, 'epoch')}"
    what += f"; {seeds(len(entry.experiment.seeds))}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="row-heading"):
        st.html(
            f'<div class="bs-heading"><span style="color:{frame.run_color(entry)}">⬤</span> '
            f'<b>{html.escape(entry.name)}</b><br><span class="bs-quiet">{html.escape(what)}</span></div>'
        )
        st.button(
            "Use these settings",
            type="tertiary",
            icon=":material/content_copy:",
            on_click=_use_again,
            args=(run_id,),
            key="use_settings",
            help="Puts the data and the settings of this run into the form. Nothing is started.",
        )
        fork_button(run_id, "heading/fork")
    origin(run_id)


def _use_again(run_id: str) -> None:
    entry = frame.store().entry(run_id)
    experiment_form.fill(entry.experiment)
    choose_data_of(entry)
