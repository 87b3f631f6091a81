"""The claim about the coin."""

from traindyn.inference import estimate_mean
from traindyn.ledger import Context, Control, Part, Registry, Test

from ..throws import heads

coin = Registry("coin", "CO")


@coin.claim(1, source="sec. 1", basis="stated", statement="Half of all throws show heads.")
def half(context: Context) -> tuple[int, list[Part]]:
    throws = heads(context.numpy_generator("throws"), 100_000)
    part = Part(
        statement="frequency of heads",
        prediction=0.5,
        measurement=estimate_mean(throws),
        test=Test("equality", bound=0.02, why="ten standard errors"),
        controls=[Control("tails count double", estimate_mean(2 - throws))],
    )
    return int(throws.sum()), [part]
