"""Stand-in in a planted book: the modules of the checkout whose command drives it."""

import sys
from pathlib import Path

__path__ = [str(Path(entry) / "traindyn" / "runs") for entry in sys.path]
