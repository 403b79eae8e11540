"""The pictures: one file for each analysis; each takes a report and returns a Plotly figure."""
