"""Claim BR-25: the exact account holds for queries and keys of attention."""

from __future__ import annotations

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.studies.attention import (
    STEPS,
    AttentionRun,
    Recipe,
    attention,
)
from traindyn.inference import exact
from traindyn.ledger import Part, other_system, within, wrong_theory
from traindyn.runs import Context

OTHERS: tuple[Recipe, ...] = ("momentum", "Adam", "normalized queries and keys")


@registry.claim(
    25,
    source="section 3, key and query matrices",
    basis="derived",
    statement=(
        "Queries and keys of an attention head have the symmetry, biases included: each SGD step "
        "changes W_QW_Qᵀ − W_KW_Kᵀ by exactly η²(G_QG_Qᵀ − G_KG_Kᵀ)."
    ),
)
def queries_and_keys(context: Context) -> tuple[AttentionRun, list[Part]]:
    """BR-25."""
    run = attention(context, "SGD")
    others = {recipe: attention(context, recipe) for recipe in OTHERS}

    def missed(found: AttentionRun, factor: float = 1.0) -> float:
        """Share of the change of |W_Q|² − |W_K|² that the account misses."""
        return abs(found.change - factor * found.accounted) / abs(found.change)

    return run, [
        Part(
            "One attention head with biases under SGD, change of the entries of W_QW_Qᵀ − W_KW_Kᵀ "
            "in a step: largest share that η²(G_QG_Qᵀ − G_KG_Kᵀ) misses",
            exact(run.step_error / run.step_change),
            within(
                run.rounding / run.step_change,
                "rounding of two sums of nine squares, twice, over the largest change",
                "rounding",
            ),
            [
                other_system(name, exact(found.step_error / found.step_change))
                for name, found in others.items()
            ],
            prediction=0.0,
            compares="simulation",
            seen=True,
        ),
        Part(
            f"One attention head with biases under SGD, {STEPS} steps: share of the change of "
            "|W_Q|² − |W_K|² that Ση²(|G_Q|² − |G_K|²) misses",
            exact(missed(run)),
            within(
                STEPS * 4 * run.rounding / abs(run.change),
                "the rounding of one step on four diagonal entries times the number of steps",
                "rounding",
            ),
            [
                wrong_theory("half the account, as for the loss ½(·)²", exact(missed(run, 0.5))),
                *(other_system(name, exact(missed(others[name]))) for name in OTHERS[:2]),
            ],
            prediction=0.0,
            compares="simulation",
            seen=True,
            note=(
                "This sum holds even with normalized queries and keys, since each of them may then "
                "be scaled by itself; the matrix of the first part does not."
            ),
        ),
    ]
