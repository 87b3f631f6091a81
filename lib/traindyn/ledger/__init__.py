"""The claim ledger: what a claim is, how it is decided, run, stored and compared."""

from traindyn.ledger.claim import Claim, rows_of
from traindyn.ledger.compare import Comparison, compare_ledgers, settings_that_differ
from traindyn.ledger.parts import (
    Basis,
    Control,
    Part,
    Size,
    other_system,
    same_run,
    wrong_prediction,
    wrong_theory,
)
from traindyn.ledger.records import (
    ledger_of,
    merge_claim,
    read_ledger,
    read_ledgers,
    write_json,
)
from traindyn.ledger.registry import Registry, Run
from traindyn.ledger.rows import (
    format_control,
    format_estimate,
    format_number,
    format_prediction,
    format_range,
    headline,
    markdown_claim,
    markdown_table,
    room_used,
    text_table,
)
from traindyn.ledger.rules import NOT_TOLD, ORIGINS, Rule, at_least, at_most, within, within_noise
from traindyn.ledger.texts import Piece, markdown, one_line, pieces, plain
from traindyn.ledger.upgrades import upgraded
from traindyn.ledger.validation import SCHEMA_VERSION, Ledger, Row, check_ledger, schema
from traindyn.ledger.verdicts import VERDICTS, Verdict
from traindyn.runs.context import Context as Context  # of old; it stands in traindyn.runs

__all__ = [
    "NOT_TOLD",
    "ORIGINS",
    "SCHEMA_VERSION",
    "VERDICTS",
    "Basis",
    "Claim",
    "Comparison",
    "Control",
    "Ledger",
    "Part",
    "Piece",
    "Registry",
    "Row",
    "Rule",
    "Run",
    "Size",
    "Verdict",
    "at_least",
    "at_most",
    "check_ledger",
    "compare_ledgers",
    "format_control",
    "format_estimate",
    "format_number",
    "format_prediction",
    "format_range",
    "headline",
    "ledger_of",
    "markdown",
    "markdown_claim",
    "markdown_table",
    "merge_claim",
    "one_line",
    "other_system",
    "pieces",
    "plain",
    "read_ledger",
    "read_ledgers",
    "room_used",
    "rows_of",
    "same_run",
    "schema",
    "settings_that_differ",
    "text_table",
    "upgraded",
    "within",
    "within_noise",
    "write_json",
    "wrong_prediction",
    "wrong_theory",
]
