"""Properties of ``traindyn.system``."""

from __future__ import annotations

import hashlib

from harness import Property
from hypothesis import strategies as st

from traindyn.system import files

parts = st.lists(st.binary(max_size=9), max_size=4).map(tuple)


def slow_digest(*pieces: bytes) -> str:
    text = b"".join(str(len(piece)).encode() + b" " + piece for piece in pieces)
    return hashlib.sha256(text).hexdigest()


TABLE = {
    "traindyn.system.files.digest": Property(
        files.digest, slow_digest, parts, parts, agree=lambda a, b: a == b
    ),
}
