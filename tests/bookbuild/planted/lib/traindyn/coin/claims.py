"""The claim about the coin."""

from traindyn.inference import estimate_mean
from traindyn.ledger import Context, Part, Registry, other_system, within

from ..throws import heads

coin = Registry("coin", "CO")


@coin.claim(1, source="sec. 1", basis="stated", statement="Half of all throws show heads.")
def half(context: Context) -> tuple[int, list[Part]]:
    throws = heads(context.numpy_generator("throws"), 100_000)
    part = Part(
        statement="frequency of heads",
        prediction=0.5,
        measurement=estimate_mean(throws),
        rule=within(0.02, "ten standard errors", "noise"),
        controls=[other_system("tails count double", estimate_mean(2 - throws))],
        compares="simulation",
        replicates="throws",
    )
    return int(throws.sum()), [part]
