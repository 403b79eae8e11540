"""What an experiment of the Laboratory leaves in a folder: the table as CSV and Markdown, and every figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runs.figure_export import ExportUnavailable, export_csv, export_html, export_image
from runs.laboratory.entry import Conclusion, LaboratoryEntry, Size
from runs.laboratory.rows import COLUMNS, Row, as_markdown, compared_with
from runs.spreadsheet import as_csv

IMAGES = ("png", "svg")


def write(entry: LaboratoryEntry, size: Size, found: Conclusion, folder: Path) -> tuple[Path, ...]:
    """Write table and figures, and return the files.

    Each figure is an HTML page that needs no network, a CSV of its numbers, and, where a Chrome is on this machine, a
    PNG and an SVG.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / f"{entry.name}.csv", folder / f"{entry.name}.md"]
    written[0].write_bytes(table_csv(found.rows))
    written[1].write_text(report(entry, size, found), encoding="utf-8")
    for name, figure in found.drawn():
        stem = folder / f"{entry.name}-{name}"
        contents = {"html": export_html(figure, include_plotlyjs=True), "csv": export_csv(figure)}
        try:
            contents |= {kind: export_image(figure, kind) for kind in IMAGES}
        except ExportUnavailable as error:
            print(error)
        for kind, content in contents.items():
            path = stem.with_suffix(f".{kind}")
            path.write_bytes(content)
            written.append(path)
    return tuple(written)


def table_csv(rows: Sequence[Row]) -> bytes:
    """Return the table as CSV."""
    import pandas as pd

    return as_csv(pd.DataFrame([row.cells() for row in rows], columns=list(COLUMNS)))


def report(entry: LaboratoryEntry, size: Size, found: Conclusion) -> str:
    """Return the experiment, its size and the table in Markdown."""
    networks = "".join(f"- {arm.label}: seeds {', '.join(map(str, arm.experiment.seeds))}\n" for arm in size.arms)
    return (
        f"# {entry.title}\n\n{entry.question}\n\nIn the paper: {entry.figure} ({entry.source})\n\n"
        f"Here ({size.name}): {size.words}\n\n{networks}\n{as_markdown(found.rows)}\n{found.verdict}. "
        f"{compared_with(found.rows)}\n"
    )
