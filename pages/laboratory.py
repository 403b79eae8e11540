"""Laboratory: is it really so? The experiments of Glorot & Bengio 2010 and later ones, one click each."""

import streamlit as st

from pages.components import frame
from pages.components.laboratory_card import card, chosen_name
from pages.components.laboratory_detail import detail

frame.page("laboratory")

st.markdown(
    "In 2010 Xavier Glorot and Yoshua Bengio asked why deep networks were so hard to train, and answered with "
    "measurements inside their layers. Here these experiments stand ready: each is run on this machine with one click, "
    "mostly at a smaller size, and what comes out stands beside the published numbers, agreeing or not. The last two "
    "cards ask what has helped since, and what pre-training does."
)

from runs.laboratory.catalog import ENTRIES  # noqa: E402 - after the text, since it imports NumPy

PER_ROW = 3
chosen = chosen_name()
for first in range(0, len(ENTRIES), PER_ROW):
    names = list(ENTRIES)[first : first + PER_ROW]
    with st.container(key=f"wide-laboratory-{names[0]}"):
        columns = st.columns(PER_ROW, gap="small")
    for column, name in zip(columns, names, strict=False):
        with column:
            card(ENTRIES[name], is_chosen=name == chosen)
    if chosen in names:
        detail(ENTRIES[chosen])
