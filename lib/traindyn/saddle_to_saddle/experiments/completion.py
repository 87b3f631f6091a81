"""Matrix completion: problems, the best matrix of a rank, and the smallest nuclear norm."""

from __future__ import annotations

import json
from importlib import resources

import numpy as np
from jaxtyping import Float

from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.targets import random_target

Array = np.ndarray


def draw_completion(
    singular_values: tuple[float, ...], size: int, observed: int, generator: np.random.Generator
) -> SquaredError:
    """A random square target of which some entries, drawn without repetition, are observed.

    Raises:
        ValueError: If ``observed`` does not lie in [1, size²].
    """
    if not 1 <= observed <= size**2:
        raise ValueError(f"observed must lie in [1, {size**2}], got {observed}")
    target = random_target(singular_values, size, generator)
    mask = np.zeros(size**2, dtype=bool)
    mask[generator.permutation(size**2)[:observed]] = True
    return SquaredError(target, mask.reshape(size, size))


def fit_rank(
    cost: SquaredError,
    rank: int,
    generator: np.random.Generator,
    *,
    starts: int = 20,
    sweeps: int = 400,
) -> Float[Array, "out in"]:
    """The best matrix of a rank on the observed entries, by alternating least squares.

    Each half sweep solves for the rows of one factor exactly, with a ridge of 1e-9 where too few
    entries are observed. The problem is not convex: the best of many random starts counts.

    Args:
        cost: The problem; needs a mask.
        rank: Rank of the matrix, at least 1.
        generator: Source of the starts.
        starts: Number of random starts.
        sweeps: Sweeps per start.

    Raises:
        ValueError: If the rank is below 1 or every entry is observed (use a singular value
            decomposition).
    """
    if rank < 1:
        raise ValueError(f"rank must be at least 1, got {rank}")
    if cost.mask is None:
        raise ValueError("mask must hide some entries, got none")
    right = generator.standard_normal((starts, cost.shape[1], rank))
    for _ in range(sweeps):
        left = _solve(right, cost.mask, cost.target)
        right = _solve(left, cost.mask.T, cost.target.T)
    found = left @ right.mT
    return np.asarray(found[np.argmin(cost.value(found))])


def _solve(factor: Array, mask: Array, target: Array) -> Array:
    """Least squares for the other factor, all rows and starts at once."""
    weights = mask.astype(float)
    gram = np.einsum("om,smi,smj->soij", weights, factor, factor, optimize=True)
    gram += 1e-9 * np.eye(factor.shape[-1])
    sides = np.einsum("om,om,smi->soi", weights, target, factor, optimize=True)
    return np.asarray(np.linalg.solve(gram, sides[..., None])[..., 0])


def smallest_nuclear_norm(
    cost: SquaredError, *, tolerance: float = 1e-6, sweeps: int = 50_000
) -> Float[Array, "out in"]:
    r"""The matrix of smallest nuclear norm with the observed entries, to a checked duality gap.

    Douglas-Rachford splitting of the norm and the constraint, over-relaxed by 1.8. A dual point
    :math:`Y` that is zero on hidden entries and has operator norm at most 1 bounds the norm from
    below by :math:`\langle Y, T \rangle`; iteration stops when norm and bound agree. A threshold of
    a twentieth of the operator norm needs the fewest sweeps on 10 × 10 problems of rank two.

    Args:
        cost: The problem; needs a mask.
        tolerance: Relative duality gap.
        sweeps: Most iterations.

    Raises:
        ValueError: If every entry is observed.
        RuntimeError: If the gap is not reached.

    Source: E. Candès and B. Recht, Found. Comput. Math. 9 (2009) 717, for the problem.
    """
    if cost.mask is None:
        raise ValueError("mask must hide some entries, got none")
    mask, known = cost.mask, np.where(cost.mask, cost.target, 0.0)
    step, relaxation = float(np.linalg.norm(known, 2)) / 20, 1.8
    z = known.copy()
    for sweep in range(1, sweeps + 1):
        feasible = np.where(mask, known, z)
        u, s, vt = np.linalg.svd(2 * feasible - z)
        z += relaxation * ((u * np.maximum(s - step, 0)) @ vt - feasible)
        if sweep % 50 == 0:
            norm = np.linalg.svd(feasible, compute_uv=False).sum()
            dual = np.where(mask, feasible - z, 0.0)
            dual /= max(np.linalg.norm(dual, 2), 1e-300)
            if norm - abs(np.sum(dual * known)) < tolerance * norm:
                return feasible
    raise RuntimeError(f"duality gap above {tolerance} after {sweeps} sweeps")


def load_instance(name: str) -> SquaredError:
    """A stored problem: ``three_saddles``, ``branching`` or ``limit``.

    The file beside this module holds target, observed entries, and the search that found them;
    :func:`draw_completion` with the stored seed draws them again.

    Raises:
        ValueError: If there is no such problem.
    """
    folder = resources.files("traindyn.saddle_to_saddle.experiments") / "instances"
    names = sorted(file.name.removesuffix(".json") for file in folder.iterdir())
    if name not in names:
        raise ValueError(f"name must be one of {', '.join(names)}, got {name!r}")
    stored = json.loads((folder / f"{name}.json").read_text())
    return SquaredError(np.array(stored["target"]), np.array(stored["observed"], dtype=bool))
