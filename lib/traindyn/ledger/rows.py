"""Rows of a ledger as text and Markdown."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from traindyn.ledger.texts import markdown, one_line
from traindyn.ledger.validation import Row

_COLUMNS = (
    "claim",
    "statement",
    "predicted",
    "measured",
    "accepted",
    "control (must fail)",
    "verdict",
)


def format_number(value: float | None) -> str:
    """A number for readers: four significant digits, an exponent only where it helps.

    >>> [format_number(x) for x in (0.25, 12345.6, -5.08604, 1.3e-14, 2e9, None)]
    ['0.25', '12350', '−5.086', '1.3e-14', '2e9', '∞']
    """
    if value is None:
        return "∞"
    rounded = f"{value:.3e}"
    mantissa, exponent = rounded.split("e")
    if -3 <= int(exponent) < 6:
        text = f"{float(rounded) + 0.0:.10g}"  # + 0.0 takes the sign from -0.0
    else:
        text = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return text.replace("-", "−", 1) if value < 0 else text


def format_estimate(value: float | None, stderr: float | None) -> str:
    """A value with its standard error, rounded to the error's second digit.

    >>> format_estimate(0.24973, 0.00112), format_estimate(2.5, 0.0), format_estimate(1234.5, 56.7)
    ('0.2497 ± 0.0011', '2.5', '1234 ± 57')
    """
    if value is None or stderr == 0:
        return format_number(value)
    if stderr is None:
        return f"{format_number(value)} ± ∞"
    digits = 1 - math.floor(math.log10(stderr))
    if not -3 < digits < 8:
        return f"{format_number(value)} ± {format_number(stderr)}"
    value, stderr, digits = round(value, digits), round(stderr, digits), max(digits, 0)
    return f"{value:.{digits}f} ± {stderr:.{digits}f}".replace("-", "−", 1)


def format_range(row: Row) -> str:
    """The range of acceptance of a row, for readers.

    >>> format_range({"prediction": 1.0, "rule": {"kind": "within", "bound": 0.1}})
    '1 ± 0.1'
    """
    rule = row["rule"]
    if rule["kind"] == "at_most":
        return f"≤ {format_number(rule['limit'])}"
    if rule["kind"] == "at_least":
        return f"≥ {format_number(rule['limit'])}"
    return f"{format_number(row['prediction'])} ± {format_number(rule['bound'])}"


def format_prediction(row: Row) -> str:
    """The prediction of a row, for readers: a limit has none.

    >>> format_prediction({"prediction": None})
    'a limit'
    """
    return "a limit" if row["prediction"] is None else format_number(row["prediction"])


def format_control(control: Row) -> str:
    """What a control showed, for readers: a measured value, or what a wrong theory predicts.

    >>> format_control({"prediction": 0.5})
    'predicted 0.5'
    """
    if control["prediction"] is not None:
        return f"predicted {format_number(control['prediction'])}"
    return format_estimate(control["measurement"]["value"], control["measurement"]["stderr"])


def cells(row: Row, show: Callable[[str], str]) -> tuple[str, ...]:
    """The cells of a row in the order of the table's columns, each on one line.

    Args:
        row: The row.
        show: What becomes of the statement and the names of controls.
    """
    controls = "; ".join(f"{show(c['what'])}: {format_control(c)}" for c in row["controls"])
    return (
        row["id"],
        show(row["statement"]),
        format_prediction(row),
        format_estimate(row["measurement"]["value"], row["measurement"]["stderr"]),
        format_range(row),
        controls or "none",
        row["verdict"],
    )


def markdown_table(rows: Iterable[Row]) -> str:
    """A Markdown table of rows, which shows their texts as typed."""
    lines = ["| " + " | ".join(_COLUMNS) + " |", "|" + " --- |" * len(_COLUMNS)]
    lines += ["| " + " | ".join(cells(row, markdown)) + " |" for row in rows]
    return "\n".join(lines)


def room_used(row: Row) -> float:
    """Share of the room inside its bound that a decision uses: 1 on the edge, above it outside.

    It is the distance of the far end of the interval from the prediction over the bound, and for
    a limit the half-width of the interval over the distance of the measured value from the limit.
    A number of no finite size, or one beyond its limit, uses an infinite share.

    >>> measured = {"value": 1.01, "half_width": 0.03}
    >>> rule = {"kind": "within", "bound": 0.1, "limit": None}
    >>> round(room_used({"prediction": 1.0, "measurement": measured, "rule": rule}), 9)
    0.4
    """
    value, half_width = row["measurement"]["value"], row["measurement"]["half_width"]
    if value is None or half_width is None:
        return math.inf
    rule = row["rule"]
    if rule["kind"] == "within":
        return float((abs(value - row["prediction"]) + half_width) / rule["bound"])
    room = value - rule["limit"] if rule["kind"] == "at_least" else rule["limit"] - value
    return float(half_width / room) if room > 0 else math.inf


def headline(rows: Sequence[Row]) -> str:
    """What became of a claim, in a line: how many parts hold, and which do not.

    Args:
        rows: The rows of one claim, at least one.
    """
    claim, parts = rows[0]["claim"], len(rows)
    fails = [row["id"] for row in rows if row["verdict"] != "verified"]
    tightest = max(map(room_used, rows))
    hundredths = max(math.floor(100 * tightest + 1e-9), 1) if 0 < tightest < math.inf else 0
    used = f"at {hundredths / 100:.2f} of its bound" if hundredths else ""
    if parts == 1:
        verb = f"is {rows[0]['verdict']}" if fails else "holds"
        return f"{claim} {verb}" + (f", {used}" if used and not fails else "")
    line = f"{claim}: {parts - len(fails)} of {parts} parts hold"
    if fails:
        return f"{line}; not {', '.join(fails)}"
    return f"{line}, the tightest {used}" if used else line


def markdown_claim(rows: Sequence[Row]) -> str:
    """A claim as one line of Markdown that opens to the table of its parts.

    It stands open if a part does not hold.

    Args:
        rows: The rows of one claim, at least one.
    """
    fails = any(row["verdict"] != "verified" for row in rows)
    return (
        f'<details class="evidence"{" open" * fails}>\n'
        f"<summary>{headline(rows)}</summary>\n\n{markdown_table(rows)}\n\n</details>"
    )


def text_table(rows: Iterable[Row]) -> str:
    """A plain-text table of rows, for a terminal."""
    head = ("claim", "predicted", "measured", "accepted", "verdict", "statement")
    order = (0, 2, 3, 4, 6, 1)
    shown = (cells(row, one_line) for row in rows)
    body = [tuple(cell[i] for i in order) for cell in shown]
    widths = [max(len(line[i]) for line in [head, *body]) for i in range(len(head) - 1)]

    def line(values: tuple[str, ...]) -> str:
        padded = [value.ljust(width) for value, width in zip(values, widths, strict=False)]
        return "  ".join([*padded, values[-1]])

    return "\n".join([line(head), *(line(row) for row in body)])
