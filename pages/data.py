"""Data: what will the network see? A built-in data set or an uploaded table, prepared and looked at."""

import streamlit as st

from pages.components import data_source, frame
from pages.components.data_images import data_images
from pages.components.data_preparation import data_preparation
from pages.components.data_view import data_bar, pictures, preview

frame.page("data")

with st.container(key="wide-data"):
    left, right = st.columns([1, 2], gap="large")

with left:
    kind = data_source.source_kind()
    source, data = None, None
    if kind == data_source.IMAGES:
        data = data_images()
    elif (source := data_source.data_source(kind)) is not None:
        data = data_preparation(source)

with right:
    if data is not None:
        data_bar(data, None if source is None or source.frame is None else len(source.columns))
    elif kind == data_source.IMAGES:
        st.info("Images of each class, the balance of the classes and the split appear here.", icon=":material/image:")
    elif source is None:
        st.info(
            "Upload a table or choose built-in data: its first rows, its columns with their types, the "
            "balance of the classes and the split appear here.",
            icon=":material/table_chart:",
        )
    if source is not None:
        preview(source)
    if data is not None:
        pictures(data)
