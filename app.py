"""Home: what Backscope is, the ready example, your table, the last runs. The browser opens this page first."""

import time

import streamlit as st

from pages.components import frame
from pages.components.last_runs import last_runs, questions
from pages.components.moving_picture import moving_picture

frame.opening("home")

with st.container(key="wide-home"):
    words, picture = st.columns(2, gap="large", vertical_alignment="center")

with words:
    st.title("See what happens inside a neural network while it learns", anchor=False)
    st.markdown(
        "Backscope trains small neural networks on your table and records what every layer does at every stage. "
        "It shows whether a network learns, in which layer its signal dies, and which function it is becoming. "
        "Each is trained several times from different beginnings, so that you see what is chance."
    )
    with st.container(horizontal=True):
        train = st.button("Train the example", type="primary", icon=":material/play_arrow:", key="train_example")
        bring = st.button("Bring your table", icon=":material/upload_file:", key="bring_table")
    st.caption(
        "The example: two spirals that no straight line separates, three hidden layers, five networks at once. "
        "It takes a few seconds, and you watch it live."
    )

with picture:
    moving_picture()

if train:
    from pages.components.example import start_example

    with st.spinner("Starting the example"):
        started = start_example()
    st.switch_page("pages/train.py", query_params={"run": started})
if bring:
    st.switch_page("pages/data.py")

time.sleep(0.05)  # the text is on its way before the import of NumPy, below, holds up everything for half a second
last_runs()
questions()
frame.current_run()
