"""Data: what will the network see? A built-in data set or an uploaded table, prepared and looked at."""

import streamlit as st

from pages.components import frame
from pages.components.data_preparation import data_preparation
from pages.components.data_source import data_source
from pages.components.data_view import data_bar, pictures, preview

frame.page("data")

with st.container(key="wide-data"):
    left, right = st.columns([1, 2], gap="large")

with left:
    source = data_source()
    data = data_preparation(source) if source is not None else None

with right:
    if source is None:
        st.info(
            "Upload a table on the left, or choose built-in data: its first rows, its columns with their types, the "
            "balance of the classes and the split appear here.",
            icon=":material/table_chart:",
        )
    else:
        if data is not None:
            data_bar(data, len(source.columns))
        preview(source)
        if data is not None:
            pictures(data)
