"""A measured number in prose: two or three digits on a button that opens a card.

The card says what was predicted, what was accepted, what was measured, and by which control; it
links to the row of the ledger, to the cell that runs it and to its code. It needs no script: the
button names its card as a popover, which is closed on paper.
"""

from __future__ import annotations

import math
from html import escape

from docutils import nodes

from bookbuild.site.html import badge, prose, quantity, raw
from bookbuild.site.links import link_to_code, link_to_row, measured
from bookbuild.site.table import controls
from traindyn.ledger import Row, format_number, format_prediction, format_range

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

DIGITS = 3
"""Digits of a number in prose, at most; the error may leave fewer."""


def short_number(value: float | None, stderr: float | None) -> str:
    """A number for prose: three digits, or as many as its error leaves.

    >>> [short_number(0.94812, 0.009), short_number(0.3342, 0.04), short_number(12345.6, 20.0)]
    ['0.948', '0.33', '12300']
    >>> [short_number(-0.0012, 0.02), short_number(2.0, 0.0), short_number(1.31e-14, 0.0)]
    ['0.00', '2', '1.31e-14']
    >>> [short_number(0.99962, 1e-4), short_number(-99.97, 0.02), short_number(0.00042, 0.00001)]
    ['1.00', '−100', '4.2e-4']
    """
    if value is None or value == 0 or not math.isfinite(value):
        return format_number(value)
    digits = DIGITS
    if stderr:
        digits = min(DIGITS, _exponent(value) - _exponent(stderr) + 1)
    first = _exponent(round(value, digits - 1 - _exponent(value)) or value)  # 0.9996 is 1.00
    decimals = digits - 1 - first
    rounded = round(value, decimals)
    if not -3 <= first < 6:
        return format_number(rounded)
    text = f"{rounded + 0.0:.{max(decimals, 0)}f}"
    if not stderr and "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"−{text[1:]}" if rounded < 0 else text.removeprefix("-")


def _exponent(value: float) -> int:
    """Of the first digit, as a power of ten."""
    return math.floor(math.log10(abs(value)))


def number_with_card(row: Row, number: int, cell_uri: str) -> nodes.inline:
    """The button and its card.

    Args:
        row: The row of the ledger.
        number: Counts the cards of a page.
        cell_uri: Address of the cell that runs the claim.
    """
    name = f"card-{number}"
    found = nodes.inline("", "", classes=["claim"])
    found += raw(f'<button type="button" class="claim-value" popovertarget="{name}">')
    found += nodes.inline("", short_text(row))
    found += raw("</button>")
    if row["verdict"] != "verified":
        found += [nodes.Text(" "), raw(badge(row["verdict"]))]
    found += raw(f'<span class="claim-card" id="{name}" popover>')
    found += _card(row, cell_uri)
    found += raw("</span>")
    return found


def short_text(row: Row) -> str:
    """The short number of a row with its unit."""
    measurement = row["measurement"]
    text = short_number(measurement["value"], measurement["stderr"])
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}·10{exponent.translate(RAISED)}"
    return text if measurement["unit"] == "1" else f"{text} {measurement['unit']}"


def _card(row: Row, cell_uri: str) -> nodes.inline:
    rule = row["rule"]
    card = nodes.inline("", "", classes=["claim-card-body"])
    card += raw(f'<span class="claim-card-head">{row["id"]} {badge(row["verdict"])}</span>')
    card += _line("", prose(row["statement"]))
    card += _line("Predicted", raw(quantity(format_prediction(row))))
    card += _line("Accepted", raw(escape(format_range(row))), raw(": "), prose(rule["why"]))
    card += _line("Measured", raw(quantity(measured(row)) + _samples(row)))
    card += _line("Controls", *controls(row))
    whole = link_to_row(row["id"], nodes.inline("", "The whole row"))
    cell = raw(f' · <a href="{escape(cell_uri)}">the cell that runs it</a> · ')
    card += _line("", whole, cell, link_to_code(row["claim"], "its code"))
    return card


def _line(label: str, *content: nodes.Node) -> nodes.inline:
    line = nodes.inline("", "", classes=["claim-card-line"])
    if label:
        line += [nodes.inline("", label, classes=["claim-card-label"]), nodes.Text(" ")]
    line.extend(content)
    return line


def _samples(row: Row) -> str:
    measurement = row["measurement"]
    if not measurement["random"]:
        return ", no seed changes it"
    return f", {measurement['n']:,} {escape(row['replicates'])}"
