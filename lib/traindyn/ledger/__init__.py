"""The claim ledger: what a claim is, how it is decided, run, stored and compared."""

from traindyn.ledger.claim import Basis, Claim, rows_of
from traindyn.ledger.compare import Comparison, compare_ledgers, settings_that_differ
from traindyn.ledger.parts import Control, Kind, Part, Side, Size, Test
from traindyn.ledger.records import (
    ledger_of,
    merge_claim,
    read_ledger,
    read_ledgers,
    write_json,
)
from traindyn.ledger.registry import Registry, Run
from traindyn.ledger.rows import (
    format_estimate,
    format_number,
    format_range,
    markdown_table,
    text_table,
)
from traindyn.ledger.texts import Piece, markdown, one_line, pieces, plain
from traindyn.ledger.validation import SCHEMA_VERSION, Ledger, Row, check_ledger, schema
from traindyn.ledger.verdicts import VERDICTS, Verdict
from traindyn.runs.context import Context as Context  # of old; it stands in traindyn.runs

__all__ = [
    "SCHEMA_VERSION",
    "VERDICTS",
    "Basis",
    "Claim",
    "Comparison",
    "Control",
    "Kind",
    "Ledger",
    "Part",
    "Piece",
    "Registry",
    "Row",
    "Run",
    "Side",
    "Size",
    "Test",
    "Verdict",
    "check_ledger",
    "compare_ledgers",
    "format_estimate",
    "format_number",
    "format_range",
    "ledger_of",
    "markdown",
    "markdown_table",
    "merge_claim",
    "one_line",
    "pieces",
    "plain",
    "read_ledger",
    "read_ledgers",
    "rows_of",
    "schema",
    "settings_that_differ",
    "text_table",
    "write_json",
]
