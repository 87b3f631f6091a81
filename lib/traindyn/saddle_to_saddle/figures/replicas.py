"""How many samples a claim rests on, for the notes below figures."""

from __future__ import annotations

from traindyn.ledger import Claim


def replicas(claim: Claim, label: str) -> int:
    """Number of independent samples behind a part of a claim.

    Args:
        claim: A decided claim.
        label: Letter of the part.

    Raises:
        ValueError: If the claim has no such part.
    """
    for part in claim.parts:
        if part.label == label:
            return part.measurement.n
    raise ValueError(f"label must be that of a part of {claim.id}, got {label!r}")
