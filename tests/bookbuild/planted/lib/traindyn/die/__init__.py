"""A die that was never thrown."""

from traindyn.inference import exact
from traindyn.ledger import Context, Part, Registry, within, wrong_theory

die = Registry("die", "DI")


@die.claim(1, source="sec. 2", basis="derived", statement="Opposite faces add up to seven.")
def opposite(context: Context) -> tuple[None, list[Part]]:
    part = Part(
        statement="1 + 6",
        prediction=7.0,
        measurement=exact(1.0 + 6.0),
        rule=within(1e-12, "integers", "rounding"),
        controls=[wrong_theory("neighbors 1 and 2", exact(3.0))],
        compares="algebra",
    )
    return None, [part]


run = die.run
