"""The loss along a straight line between two networks, and along the path of training, drawn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import RUN_COLORS, THEORY
from diagnostics.figures.theme import BOTTOM, LEFT, FigureWords, Naming, axis, figure_of, log_axis, single
from diagnostics.landscape import LineReport, PathReport
from diagnostics.matching import reasons_in_words
from diagnostics.weight_points import TRAINING
from models.arrays import Array

HEIGHT = 380
PLAIN, MATCHED, END = RUN_COLORS[3], RUN_COLORS[0], "#D55E00"
DASHES = {"training": "solid", "validation": "dash"}
ROOM = 1.15
FROM_LOG = 50.0  # times the smallest loss: from there on the axis of the path is logarithmic
LOWEST = 1e-3  # a barrier smaller than this share of the loss at the ends is called none


def line_figure(report: LineReport) -> go.Figure:
    """Return the loss on a line; what was matched in a second colour."""
    traces = _curves(report, report.loss, "", PLAIN)
    if report.matched_loss:
        traces = _curves(report, report.loss, ", units as they are", PLAIN)
        traces += _curves(report, report.matched_loss, ", units matched", MATCHED)
    traces += [_between(report), *_barriers(report)]
    top, n_beyond = _top(report)
    ends = [
        {"x": x, "xref": "x", "y": 1, "yref": "paper", "text": name, "xanchor": "center", "yanchor": "bottom",
         "showarrow": False}
        for x, name in zip((0, 1), report.ends, strict=True)
    ]  # fmt: skip
    border = {"color": THEORY, "width": 1, "dash": "dot"}
    layout = {
        "height": HEIGHT,
        "xaxis": axis("share of the way between the two networks"),
        "yaxis": axis("loss", range=[0, top]),
        "annotations": ends,
        "shapes": [
            {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": border} for x in (0, 1)
        ],
        "legend": {"orientation": "h", "x": 0, "y": 1.08, "xanchor": "left", "yanchor": "bottom"},
        "margin": {"l": LEFT, "r": 16, "t": 58, "b": BOTTOM},
    }
    return figure_of(traces, _line_words(report, n_beyond), kind="loss-line", layout=layout)


def _curves(report: LineReport, losses: Mapping[str, Array], what: str, color: str) -> list[dict[str, object]]:
    return [_curve(report.positions, values, f"{part}{what}", color, part) for part, values in losses.items()]


def _curve(x: Array, y: Array, name: str, color: str, part: str) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": single(x),
        "y": single(y),
        "name": name,
        "line": {"color": color, "width": 2, "dash": DASHES[part]},
    }


def _between(report: LineReport) -> dict[str, object]:
    """The straight line that the barrier is measured from."""
    at = [int(np.flatnonzero(report.positions == end)[0]) for end in (0, 1)]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [0.0, 1.0],
        "y": single(report.loss[TRAINING][at]),
        "name": "between the ends",
        "line": {"color": THEORY, "width": 1.2, "dash": "dot"},
    }


def _barriers(report: LineReport) -> list[dict[str, object]]:
    result: list[dict[str, object]] = []
    for matched, color in ((False, PLAIN), (True, MATCHED))[: 1 + bool(report.matched_loss)]:
        found = report.barrier(TRAINING, matched=matched)
        if not found.height > 0:
            continue
        losses = (report.matched_loss if matched else report.loss)[TRAINING]
        top = float(losses[np.flatnonzero(report.positions == found.at)[0]])
        result.append({
            "type": "scatter",
            "mode": "lines+markers",
            "x": [found.at, found.at],
            "y": [top - found.height, top],
            "name": "barrier, units matched" if matched else "barrier",
            "line": {"color": color, "width": 1.2},
            "marker": {"symbol": "line-ew-open", "size": 9, "color": color},
            "showlegend": False,
            "hovertemplate": f"barrier {found.height:.3g}<extra></extra>",
        })  # fmt: skip
    return result


def _top(report: LineReport) -> tuple[float, int]:
    """Return where the axis ends, and how many points lie above: what counts is between the two networks."""
    inside = (report.positions >= 0) & (report.positions <= 1)
    every = np.concatenate([np.stack(list(one.values())) for one in (report.loss, report.matched_loss) if one])
    between = every[:, inside]
    top = ROOM * float(between[np.isfinite(between)].max(initial=1e-12))
    return top, int((~(every <= top)).sum())


def _line_words(report: LineReport, n_beyond: int) -> FigureWords:
    parts = ", ".join(f"{n} {part}" for part, n in report.n_examples.items())
    caption = (
        "Each place is a network whose weights are a mixture of two: those of the first at 0, of the second at 1. A "
        "hill between them, the barrier, means that they lie in different valleys on this line; solid: training, "
        "dashed: validation loss."
    )
    if n_beyond:
        caption += f" {n_beyond} of the values, most beyond the ends, lie above the picture."
    if report.match is not None:
        caption += (
            f" Matched: the hidden units of {', '.join(report.match.nodes)} of the second network were put in the "
            "order of those of the first that respond alike, which leaves its function as it is."
        )
    details = (
        f"{parts} examples, dropout off. The barrier is the largest height above the dotted line; measured from the "
        f"mean of the ends, as in Frankle et al. 2020, it is {report.barrier(TRAINING).above_mean:.3g}"
    )
    if report.error:
        details += f", and {report.barrier(TRAINING, of='error').above_mean:.1%} for the share of wrong examples"
    details += "."
    if report.renormalized:
        details += " Running means of batch normalization were measured anew at each place, on the training examples."
    if report.match is not None:
        details += f" {reasons_in_words(report.match.left)}"
    return FigureWords(
        "Do the two networks lie in one valley of the loss?", caption, _line_summary(report), report.run_id,
        2 if report.match else 1, "Entezari et al. 2022, section 2; Frankle et al. 2020", details=details.strip(),
        **_line_named(),
    )  # fmt: skip


def _line_named() -> Naming:
    return {"title": "Loss on the line between two networks", "term": "loss barrier"}


def _line_summary(report: LineReport) -> str:
    found = report.barrier(TRAINING)
    text = f"From {report.ends[0]} to {report.ends[1]}, {report.distance:.3g} apart in weights, the training loss "
    if not np.isfinite(found.height):
        return text + "is not finite everywhere, so that there is no number for the barrier."
    ends = float(report.loss[TRAINING][np.isin(report.positions, (0, 1))].mean())
    if found.height <= LOWEST * ends:
        text += "never rises above the straight line between its ends: there is no barrier"
    else:
        text += f"rises {found.height:.3g} above the straight line between its ends, at {found.at:.0%} of the way"
    others = [f"the {part} loss by {report.barrier(part).height:.3g}" for part in report.loss if part != TRAINING]
    if report.error:
        others.append(f"the share of wrong training examples by {report.barrier(TRAINING, of='error').height:.1%}")
    text += f" ({', '.join(others)})" if others else ""
    if report.match is not None:
        after = report.barrier(TRAINING, matched=True).height
        text += (
            f". With hidden units matched it rises by {after:.3g}, and the distance is {report.matched_distance:.3g}"
        )
    return text + "."


def path_figure(report: PathReport) -> go.Figure:
    """Return the loss along the kept states, and on the straight line from the first to the last."""
    every = np.concatenate([*report.loss.values(), *report.straight.values()])
    finite = every[np.isfinite(every)]
    log = len(finite) > 0 and float(finite.min()) > 0 and float(finite.max() / finite.min()) > FROM_LOG
    traces = [_curve(report.share, y, f"{part}, along the path", MATCHED, part) for part, y in report.loss.items()]
    traces += [_curve(report.share, y, f"{part}, straight", PLAIN, part) for part, y in report.straight.items()]
    traces.append(_states(report))
    bounds = {}
    if log:
        low, high = np.log10(finite.min()), np.log10(finite.max())
        bounds = {"range": [float(low - 0.05 * (high - low)), float(high + 0.05 * (high - low))]}
    layout = {
        "height": HEIGHT,
        "xaxis": axis("share of the way, measured in weights"),
        "yaxis": log_axis("loss", log, **bounds),
        "margin": {"l": LEFT, "r": 16, "t": 26, "b": BOTTOM},
    }
    return figure_of(traces, _path_words(report), kind="loss-path", layout=layout)


def _states(report: PathReport) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": single(report.share[report.at]),
        "y": single(report.loss[TRAINING][report.at]),
        "name": "kept states",
        "marker": {"size": 8, "symbol": "circle-open", "color": END, "line": {"width": 2, "color": END}},
        "customdata": report.steps[:, None],
        "meta": {"columns": ["step"]},
        "hovertemplate": "step %{customdata[0]}: %{y:.3g}<extra></extra>",
    }


def _path_words(report: PathReport) -> FigureWords:
    caption = (
        "Blue: along the weights that training took, straight from each kept state (circle) to the next. Orange: on "
        "the direct line from the first weights to the last. If neither climbs a hill, nothing stood in the way. "
        "Solid: training, dashed: validation loss."
    )
    rises = {name: report.rises(losses, TRAINING) for name, losses in (("p", report.loss), ("s", report.straight))}
    hills = {name: f"rises by {rise:.2g} at most" if rise > 0 else "never rises" for name, rise in rises.items()}
    summary = (
        f"The path of seed {report.seed} from step {report.steps[0]} to {report.steps[-1]} is "
        f"{report.length / report.distance:.2f} times as long as the direct line ({report.length:.3g} against "
        f"{report.distance:.3g}, through {len(report.steps)} kept states). Along the path the training loss "
        f"{hills['p']}, on the direct line it {hills['s']}."
    )
    parts = ", ".join(f"{n} {part}" for part, n in report.n_examples.items())
    details = f"{parts} examples, dropout off. The true path between kept states is longer and less straight."
    if report.renormalized:
        details += " Running means of batch normalization were measured anew at each place, on the training examples."
    return FigureWords(
        "Did training have to cross a hill?", caption, summary, report.run_id, 1,
        "Goodfellow, Vinyals & Saxe 2015, section 3", title="Loss along the path of training", details=details,
        term="loss landscape",
    )  # fmt: skip
