"""A diagnosis as JSON with a schema, as Markdown, as a picture."""

from __future__ import annotations

import dataclasses
import json
import math
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from traindyn.diagnose.diagnosis import Diagnosis
from traindyn.diagnose.reading import plain, readings, with_error
from traindyn.inference import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCHEMA_VERSION = 1


@cache
def schema() -> dict[str, Any]:
    """JSON Schema of what :func:`as_json` gives."""
    text = resources.files("traindyn.diagnose").joinpath("schema.json").read_text("utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def as_json(found: Diagnosis, *, vectors: bool = False) -> dict[str, Any]:
    """A diagnosis as plain data; what is not finite is null.

    Args:
        found: The diagnosis.
        vectors: Whether to keep the eigenvectors, a number per parameter each.
    """
    told = _plain(found)
    if found.curvature is not None and not vectors:
        del told["curvature"]["vectors"]
    return {
        "schema": SCHEMA_VERSION,
        **told,
        "readings": [reading._asdict() for reading in readings(found)],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Estimate):
        return {"value": _plain(value.value), "stderr": _plain(value.stderr), "n": value.n}
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, tuple | list | np.ndarray):
        return [_plain(part) for part in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value


def markdown(found: Diagnosis) -> str:
    """A diagnosis to read: sentences with their limits, then tables."""
    lines = [
        "# Diagnosis",
        "",
        f"{found.parameters:,} parameters, {found.samples} samples, seed {found.seed}; loss "
        f"{with_error(found.loss)}, on the other half of the samples "
        f"{with_error(found.held_out_loss)}.",
        "",
    ]
    lines += [f"* {says} *{limit}*" for says, limit in readings(found)]
    lines += _weights_table(found) + _curvature_table(found) + _layers_table(found)
    if found.skipped:
        lines += ["", "## Left out", ""]
        lines += [f"* {what}: {why}" for what, why in found.skipped.items()]
    return "\n".join(lines) + "\n"


def _table(title: str, heads: list[str], rows: list[list[str]]) -> list[str]:
    if not rows:
        return []
    body = ["| " + " | ".join(row) + " |" for row in [heads, ["---"] * len(heads), *rows]]
    return ["", f"## {title}", "", *body]


def _weights_table(found: Diagnosis) -> list[str]:
    heads = ["layer", "shape", "reads as", "outliers", "largest over edge", "Hill's index"]
    heads += ["its null", "stable rank", "effective rank", "moved"]
    rows = []
    for x in found.weights:
        row = [x.layer, f"{x.shape[0]}×{x.shape[1]}", x.name, str(x.outliers)]
        row += [plain(x.top[0]) if len(x.top) else "–"]
        row += [plain(x.hill), with_error(x.null)]
        rows.append([*row, *map(plain, (x.stable_rank, x.effective_rank, x.moved))])
    return _table("Weights", heads, rows)


def _curvature_table(found: Diagnosis) -> list[str]:
    top = found.curvature
    if top is None:
        return []
    heads = ["direction", "eigenvalue", "residual", "on other samples", "noise of one sample"]
    noise = found.noise.variances if found.noise else ()
    rows = [
        [
            str(i + 1),
            plain(value),
            f"{residual:.1e}",
            with_error(top.held_out[i]) if top.held_out else "–",
            with_error(noise[i]) if noise else "–",
        ]
        for i, (value, residual) in enumerate(zip(top.values, top.residuals, strict=True))
    ]
    return _table("Curvature", heads, rows)


def _layers_table(found: Diagnosis) -> list[str]:
    heads = ["layer", "k", "gap", "overlap of gradient", "of weights", "of a random vector"]
    rows = [
        [x.layer, str(x.count), *map(plain, (x.gap, x.gradient, x.weights, x.random))]
        for x in found.layers
    ]
    return _table("Alignment with the top eigenspace of each layer", heads, rows)


def draw(found: Diagnosis) -> Figure:
    """Eigenvalues of the weights over their edge, density, curvature and noise, alignment."""
    from matplotlib.figure import Figure

    from traindyn import style

    figure = Figure(figsize=(9.0, 6.6), layout="constrained")
    weights, density, noise, layers = figure.subplots(2, 2).flat
    for place, layer in enumerate(found.weights):
        weights.plot([place] * len(layer.top), layer.top, ".", color=style.BLUE)
    weights.axhline(1, color=style.INK, linewidth=0.8, linestyle=":")
    weights.set(title="Weights", ylabel="eigenvalue over edge")
    if any((layer.top > 0).any() for layer in found.weights):
        weights.set(yscale="log")
    if found.density is not None:
        points, height, error = found.density.points, found.density.density, found.density.error
        density.semilogy(points, np.maximum(height, 1e-12), color=style.BLUE)
        density.fill_between(
            points,
            np.maximum(height - error, 1e-12),
            np.maximum(height + error, 1e-12),
            color=style.BLUE,
            alpha=0.3,
        )
        density.set_ylim(bottom=max(float(height.max()) * 1e-6, 1e-12))
    density.set(title="Hessian", xlabel="eigenvalue", ylabel="density")
    if found.noise is not None:
        keep = found.noise.hessian > 0
        told = [v for v, k in zip(found.noise.variances, keep, strict=True) if k]
        noise.errorbar(
            found.noise.hessian[keep],
            [v.value for v in told],
            [v.stderr for v in told],
            fmt="o",
            color=style.BLUE,
        )
        if told and all(v.value > 0 for v in told):
            noise.set(xscale="log", yscale="log")  # through the geometric mean of the points
            center = np.exp(
                np.mean(np.log([v.value for v in told]) - np.log(found.noise.hessian[keep]))
            )
            ends = np.array([found.noise.hessian[keep].min(), found.noise.hessian[keep].max()])
            noise.plot(ends, center * ends, ":", color=style.INK, label="proportional")
            noise.legend(fontsize=8)
    noise.set(title="Noise", xlabel="curvature", ylabel="variance of one gradient")
    places = np.arange(len(found.layers))
    colors = (style.BLUE, style.ORANGE, style.INK)
    for name, mark, color in zip(("gradient", "weights", "random"), "os_", colors, strict=True):
        layers.plot(places, [getattr(x, name) for x in found.layers], mark, label=name, color=color)
    layers.set(title="Top eigenspace", ylabel="overlap", ylim=(0, 1.02))
    for axes, told_layers in ((weights, found.weights), (layers, found.layers)):
        names = [x.layer for x in told_layers]
        axes.set_xticks(range(len(names)), names, rotation=30, ha="right", fontsize=7)
    layers.legend(fontsize=8)
    style.note(
        figure,
        f"{found.samples} samples. Band: standard error over random directions. Bars: standard "
        "errors over samples. Points without bars are exact for these samples.",
    )
    return figure
