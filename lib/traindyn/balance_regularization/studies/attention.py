"""Study of the account of an attention head's queries and keys."""

from __future__ import annotations

from traindyn.balance_regularization.experiments.attention import (
    AttentionRun,
    Recipe,
    follow_attention,
)
from traindyn.runs import Context, study

__all__ = ["STEPS", "AttentionRun", "Recipe", "attention"]

STEPS = 300


@study(stream="BR-25")
def attention(context: Context, recipe: Recipe) -> AttentionRun:
    """One head, trained by a recipe."""
    return follow_attention(recipe, context.torch_generator(recipe), steps=STEPS)
