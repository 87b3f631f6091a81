"""A die that was never thrown."""

from traindyn.inference import Estimate
from traindyn.ledger import Context, Control, Part, Registry, Test

die = Registry("die", "DI")


@die.claim(1, source="sec. 2", basis="derived", statement="Opposite faces add up to seven.")
def opposite(context: Context) -> tuple[None, list[Part]]:
    part = Part(
        statement="1 + 6",
        prediction=7.0,
        measurement=Estimate(1.0 + 6.0),
        test=Test("exact", bound=1e-12, why="integers"),
        controls=[Control("neighbors 1 and 2", Estimate(3.0))],
    )
    return None, [part]


run = die.run
