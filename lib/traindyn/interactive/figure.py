"""An interactive figure as HTML: first frame, controls, readouts, table, and the data inline."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import product
from pathlib import Path

from traindyn.interactive.axes import Choice, Panel, Slider
from traindyn.interactive.drawing import svg
from traindyn.system.arguments import require_kind, short, whole_text

MAX_BYTES = 300_000
"""Largest size of one figure in a page."""

STATIC = Path(__file__).with_name("static")
"""Folder of the style sheet and the script, which a site shares among its pages."""

STYLE, SCRIPT = ((STATIC / f"interactive.{kind}").read_text("utf-8") for kind in ("css", "js"))
SHARED = f"<style>{STYLE}</style><script>{SCRIPT}</script>"
"""What a figure carries along in a notebook, and a page of the site has once."""


@dataclass(frozen=True)
class InteractiveFigure:
    """A figure with a slider that plays; displayed by a notebook cell that ends with it.

    A frame belongs to every position of the slider with every option of the switches. Frames are in
    the order of nested loops: the first switch is the outermost, the slider the innermost.

    Args:
        title: Short title.
        description: What the figure shows, for readers who do not see it.
        slider: The positions of the slider.
        panels: One to three pairs of axes.
        caption: The finding, one or two sentences.
        readouts: Per name one text per frame: what it shows in numbers.
        choices: Switches beside the slider, at most two.

    Raises:
        ValueError: If a text is empty, a curve or a readout has not one entry per frame, the
            number of panels is not between one and three or that of switches above two, or the
            figure is larger than ``MAX_BYTES``.
    """

    title: str
    description: str
    slider: Slider
    panels: Sequence[Panel]
    caption: str
    readouts: Mapping[str, Sequence[str]]
    choices: Sequence[Choice] = ()

    def __post_init__(self) -> None:
        whole_text("title", self.title)
        whole_text("description", self.description)
        whole_text("caption", self.caption)
        require_kind("slider", self.slider, Slider)
        require_kind("readouts", self.readouts, Mapping)
        if not isinstance(self.choices, list | tuple) or len(self.choices) > 2:
            raise ValueError(f"choices must be at most 2, got {short(self.choices)}")
        for choice in self.choices:
            require_kind("each of choices", choice, Choice)
        frames = len(self.frames)
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
        if (size := len(self.html().encode())) > MAX_BYTES:
            raise ValueError(f"figure must not exceed {MAX_BYTES} bytes, got {size}")

    @property
    def frames(self) -> list[tuple[str, ...]]:
        """What each frame shows: the options of the switches, and the value of the slider."""
        return list(product(*(choice.options for choice in self.choices), self.slider.texts))

    def _repr_html_(self) -> str:
        return self.html() + SHARED

    def html(self) -> str:
        """The figure for a page that has style sheet and script."""
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
            f"{self._switches(name)}"
            f'<div class="interactive-control"><label for="{name}">{escape(self.slider.label)}'
            f'</label><input id="{name}" type="range" min="0" max="{len(self.slider.values) - 1}" '
            f'step="1" value="{first}" hidden><output for="{name}">{shown[first]}</output>'
            f'<button type="button" class="interactive-play" hidden>Play</button></div>'
            f'<div class="interactive-panels">{panels}</div>'
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
                for frame in range(len(self.frames))
            ],
        }

    def _switches(self, name: str) -> str:
        """The switches, which the script shows."""
        made = ""
        for number, choice in enumerate(self.choices):
            options = "".join(f"<option>{escape(option)}</option>" for option in choice.options)
            made += (
                f'<label for="{name}-{number}">{escape(choice.label)}</label> '
                f'<select id="{name}-{number}">{options}</select> '
            )
        return f'<div class="interactive-switches" hidden>{made}</div>' if made else ""

    def _table(self) -> str:
        names = (*(c.label for c in self.choices), self.slider.label, *self.readouts)
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
        body = "".join(
            "<tr>"
            + "".join(f'<th scope="row">{escape(text)}</th>' for text in shown)
            + "".join(f"<td>{escape(texts[frame])}</td>" for texts in self.readouts.values())
            + "</tr>"
            for frame, shown in enumerate(self.frames)
        )
        return (
            f"<details><summary>Values at every position</summary><table><thead><tr>{head}</tr>"
            f"</thead><tbody>{body}</tbody></table></details>"
        )
