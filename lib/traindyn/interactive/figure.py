"""An interactive figure as HTML: first frame, slider, readouts, table, and the data inline."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from traindyn.interactive.axes import Panel, Slider
from traindyn.interactive.drawing import svg
from traindyn.system.arguments import require_kind, short, whole_text

MAX_BYTES = 300_000
"""Largest size of one figure in a page."""


@dataclass(frozen=True)
class InteractiveFigure:
    """A figure with one slider; displayed by a notebook cell that ends with it.

    Args:
        title: Short title.
        description: What the figure shows, for readers who do not see it.
        slider: The positions of the slider.
        panels: One to three pairs of axes.
        caption: The finding, one or two sentences.
        readouts: Per name one text per position: what the frame shows in numbers.

    Raises:
        ValueError: If a text is empty, a curve or a readout has not one entry per position, the
            number of panels is not between one and three, or the figure is larger than
            ``MAX_BYTES``.
    """

    title: str
    description: str
    slider: Slider
    panels: Sequence[Panel]
    caption: str
    readouts: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        whole_text("title", self.title)
        whole_text("description", self.description)
        whole_text("caption", self.caption)
        require_kind("slider", self.slider, Slider)
        require_kind("readouts", self.readouts, Mapping)
        frames = len(self.slider.values)
        if not isinstance(self.panels, list | tuple) or not 1 <= len(self.panels) <= 3:
            raise ValueError(f"panels must be between 1 and 3, got {short(self.panels)}")
        for panel in self.panels:
            require_kind("each of panels", panel, Panel)
        for curve in (curve for panel in self.panels for curve in panel.curves):
            if curve.frames not in (None, frames):
                raise ValueError(f"{curve.label!r} must have {frames} frames, got {curve.frames}")
        for name, texts in self.readouts.items():
            whole_text("each name of readouts", name)
            if isinstance(texts, str) or not isinstance(texts, Sequence):
                raise ValueError(f"readout {name!r} must have {frames} texts, got {short(texts)}")
            if len(texts) != frames:
                raise ValueError(f"readout {name!r} must have {frames} texts, got {len(texts)}")
            for text in texts:
                whole_text(f"each text of readout {name!r}", text)
        if (size := len(self._repr_html_().encode())) > MAX_BYTES:
            raise ValueError(f"figure must not exceed {MAX_BYTES} bytes, got {size}")

    def _repr_html_(self) -> str:
        first, shown = self.slider.first, self.slider.texts
        data = json.dumps(self._data(), separators=(",", ":"), ensure_ascii=False)
        data = data.replace("<", "\\u003c")  # neither </script> nor <!-- means anything then
        name = "slider-" + hashlib.sha256(data.encode()).hexdigest()[:8]
        panels = "".join(svg(panel, first, self.description) for panel in self.panels)
        readouts = "".join(
            f"<div><dt>{escape(name)}</dt><dd>{escape(texts[first])}</dd></div>"
            for name, texts in self.readouts.items()
        )
        return (
            f'<figure class="interactive"><p class="interactive-title">{escape(self.title)}</p>'
            f'<div class="interactive-control"><label for="{name}">{escape(self.slider.label)}'
            f'</label><input id="{name}" type="range" min="0" max="{len(self.slider.values) - 1}" '
            f'step="1" value="{first}" hidden><output for="{name}">{shown[first]}</output>'
            f'</div><div class="interactive-panels">{panels}</div>'
            f'<dl class="interactive-readouts">{readouts}</dl>{self._table()}'
            f"<figcaption>{escape(self.caption)}</figcaption>"
            f'<script type="application/json">{data}</script></figure>'
        )

    def _data(self) -> dict[str, list[object]]:
        """What the script swaps: per frame the texts, and the paths of the curves that move."""
        moving = [(panel, c) for panel in self.panels for c in panel.curves if c.frames]
        return {
            "values": list(self.slider.texts),
            "readouts": [list(frame) for frame in zip(*self.readouts.values(), strict=True)],
            "paths": [
                [panel.path(curve, frame) for panel, curve in moving]
                for frame in range(len(self.slider.values))
            ],
        }

    def _table(self) -> str:
        head = "".join(
            f'<th scope="col">{escape(n)}</th>' for n in (self.slider.label, *self.readouts)
        )
        body = "".join(
            f'<tr><th scope="row">{text}</th>'
            + "".join(f"<td>{escape(texts[frame])}</td>" for texts in self.readouts.values())
            + "</tr>"
            for frame, text in enumerate(self.slider.texts)
        )
        return (
            f"<details><summary>Values at every position</summary><table><thead><tr>{head}</tr>"
            f"</thead><tbody>{body}</tbody></table></details>"
        )
