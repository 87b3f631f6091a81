r"""The weights of each layer beside a matrix with nothing in it.

A layer with rows :math:`m \le n` has the m eigenvalues of :math:`W W^\top / n`. Independent entries
of variance :math:`\sigma^2` would put them below :math:`\sigma^2(1 + \sqrt{m/n})^2`, the edge of
Marchenko and Pastur, up to fluctuations of Tracy and Widom. Here :math:`\sigma^2` is that of the
median eigenvalue, which a few large ones do not move.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from traindyn.curvature.parameters import shared_memory
from traindyn.diagnose.composed import Composed, composed_weights, held
from traindyn.inference import Estimate
from traindyn.random_matrices import MarchenkoPastur, count_outliers
from traindyn.system.arguments import MOST, numpy_generator, real_array, whole_number
from traindyn.tails import FEWEST, hill, hill_null, name_tail, random_indices

Array = np.ndarray

Name = Literal["zero", "small", "equal", "random", "spikes", "heavy tail", "power law"]

TRACY_WIDOM, NORMAL = 3.2724, 3.0902
"""Values that the law of Tracy and Widom for real matrices, and a normal one, exceed once in a
thousand."""

NULL_SPREAD = 3.0
"""Standard deviations of its null by which Hill's index must lie lower to be called heavy."""

FEW = 0.05
"""Share of the eigenvalues up to which those above the edge may be single spikes."""

DRAWN_UP_TO = 256
"""Side up to which the null of Hill's index is drawn; beyond, its large-size law serves."""

REPLICAS = 40
"""Random matrices that the null is drawn from."""

SMALLEST = 1e-12
"""Smallest over largest eigenvalue below which a matrix counts as not of full rank."""

EQUAL = 1e-4
"""Relative range of eigenvalues up to which they count as equal: single precision gives 1e-6."""


@dataclass(frozen=True)
class LayerWeights:
    r"""The spectrum of one weight matrix and what it may be called.

    Args:
        layer: Name of the parameter.
        shape: Of the matrix; a convolution has a row per channel.
        name: What the data allow: ``random`` (nothing above the edge), ``spikes`` (some above it,
            and without them, if they are few, Hill's index of a random matrix), ``heavy tail``
            (Hill's index below that of random matrices, but no power law),
            ``power law`` (heavy, and no rival law fits better), ``small`` (too few eigenvalues to
            tell, or not of full rank), ``equal`` (all eigenvalues are, as of an orthogonal start),
            ``zero`` (all weights are).
        top: Up to ten largest eigenvalues of :math:`W W^\top / n` over the edge.
        edge: The edge, in the unit of these eigenvalues.
        margin: Share of the edge by which an eigenvalue must lie above it to count.
        outliers: Eigenvalues above edge and margin.
        hill: Hill's index above the median; None if there are too few eigenvalues.
        null: The same for random matrices of that shape: mean and standard deviation of one.
        exponent: Exponent of the best power law with the error of a bootstrap, if the index is
            below its null.
        objections: Why that tail is not called a power law.
        stable_rank: :math:`\sum_i\lambda_i/\lambda_1`.
        effective_rank: :math:`\exp(-\sum_i p_i\log p_i)` with
            :math:`p_i = \lambda_i/\sum_j\lambda_j`.
        moved: Distance from the start over the norm of the start; None without one.
        start_outliers: Outliers of the start; None without one.
    """

    layer: str
    shape: tuple[int, int]
    name: Name
    top: Float[Array, " few"]
    edge: float
    margin: float
    outliers: int
    hill: float | None = None
    null: Estimate | None = None
    exponent: Estimate | None = None
    objections: tuple[str, ...] = ()
    stable_rank: float = 0.0
    effective_rank: float = 0.0
    moved: float | None = None
    start_outliers: int | None = None


TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
"""Modules whose weights have the outputs on their second axis."""


def weight_matrices(network: nn.Module) -> Iterator[tuple[str, Float[Array, "rows columns"]]]:
    """Every real weight with two axes or more, as a matrix with a row per output; a tied one once.

    A weight that a layer computes from parameters (normalized, pruned or parametrized) stands for
    them. One without entries is left out.
    """
    for name, weight, turned in _weights(network):
        value = weight.of(None) if isinstance(weight, Composed) else weight
        if _has_spectrum(value):
            yield name, _matrix(value, turned)


def _weights(network: nn.Module) -> Iterator[tuple[str, Tensor | Composed, bool]]:
    """What layers multiply with, by name, and whether its outputs stand on the second axis."""
    of_part = {part: one for one in composed_weights(network) for part in one.parts}
    turned = {id(m._parameters.get("weight")) for m in network.modules() if _is_turned(m)}
    told: set[Any] = set()
    for name, parameter in network.named_parameters(remove_duplicate=False):
        one = of_part.get(name)
        which = id(parameter) if one is None else (id(one.layer), one.attribute)
        if which in told:
            continue
        told.add(which)
        if one is None:
            yield name, parameter, id(parameter) in turned
        else:
            yield one.name, one, _is_turned(one.layer) and one.attribute == "weight"


def _is_turned(module: nn.Module) -> bool:
    return isinstance(module, TRANSPOSED)


def _has_spectrum(weight: Tensor) -> bool:
    return (
        not is_lazy(weight)
        and weight.ndim >= 2
        and bool(weight.numel())
        and not weight.is_complex()
    )


def _matrix(weights: Tensor, turned: bool) -> Array:
    dense = weights.detach().to_dense().double().cpu()
    return (dense.transpose(0, 1) if turned else dense).flatten(1).numpy()


def eigenvalues_of(weights: Float[Array, "rows columns"]) -> Float[Array, " least"]:
    r"""Eigenvalues of :math:`W W^\top/n`, falling, with n the longer side.

    Raises:
        ValueError: If a weight is not finite.

    >>> eigenvalues_of(np.diag([1.0, 3.0])[:, ::-1])
    array([4.5, 0.5])
    """
    weights = real_array("weights", weights, 2)
    return np.asarray(np.linalg.svd(weights, compute_uv=False) ** 2 / max(weights.shape))


class Bulk(NamedTuple):
    """Where the spectrum of a random matrix would end, and what lies beyond."""

    edge: float
    """Of the matrix with the same median eigenvalue; 0 if that is 0."""
    margin: float
    """Share of the edge that a random matrix passes about once in a thousand."""
    outliers: int
    """Eigenvalues above edge and margin."""


def bulk_of(eigenvalues: Float[Array, " least"], longer: int) -> Bulk:
    r"""The bulk of a random matrix with the same median, and the eigenvalues above it.

    The largest eigenvalue scatters, and so does the median that sets the edge, by
    :math:`\sqrt{\log m + 1/2}/(\pi m \rho)` with the density :math:`\rho` of the m eigenvalues
    there; the half is fitted to draws. The margin is the root of the two squares.

    Source of the centering and scale of the largest eigenvalue: I. Johnstone, Ann. Statist. 29
    (2001) 295, Theorem 1.1; of the scatter inside: S. O'Rourke, J. Stat. Phys. 138 (2010) 1045.

    Args:
        eigenvalues: Of :math:`W W^\top/n`, all of them.
        longer: The longer side n of the matrix.

    Raises:
        ValueError: If ``longer`` is below their number, or an eigenvalue is not finite.

    >>> bulk_of(np.array([40.0, *np.linspace(0.5, 1.5, 99)]), 400).outliers
    1
    """
    eigenvalues = real_array("eigenvalues", eigenvalues, least=1)
    m = len(eigenvalues)
    n = whole_number("longer", longer, m)
    law = MarchenkoPastur(max(m / n, 1e-6))
    middle = float(law.quantile(0.5))
    edge = float(np.median(eigenvalues)) / middle * law.high
    roots = math.sqrt(max(n - 1, 1)), math.sqrt(m)
    scale = sum(roots) * (1 / roots[0] + 1 / roots[1]) ** (1 / 3)
    above = max((sum(roots) ** 2 + TRACY_WIDOM * scale) / n / law.high - 1, 0.0)
    scatter = math.sqrt(math.log(m) + 0.5) / (math.pi * m * middle * float(law.density(middle)))
    margin = math.hypot(above, NORMAL * scatter)
    floor = SMALLEST * float(eigenvalues.max())
    if not np.median(eigenvalues) > floor:  # half of them are rounding
        return Bulk(0.0, margin, int((eigenvalues > floor).sum()))
    return Bulk(edge, margin, count_outliers(eigenvalues, edge, margin))


def ranks(eigenvalues: Float[Array, " least"]) -> tuple[float, float]:
    r"""Stable rank :math:`\sum\lambda_i/\lambda_1` and effective rank; 0 if all are zero.

    The effective rank is :math:`\exp(-\sum p_i\log p_i)` with :math:`p_i=\lambda_i/\sum\lambda_j`.
    Source: O. Roy and M. Vetterli, EUSIPCO (2007) 606, there with singular values.

    Raises:
        ValueError: If an eigenvalue is not finite.

    >>> ranks(np.array([2.0, 2.0, 0.0]))
    (2.0, 2.0)
    """
    eigenvalues = real_array("eigenvalues", eigenvalues, least=1)
    largest, total = float(eigenvalues.max()), float(eigenvalues.sum())
    if not largest > 0:
        return 0.0, 0.0
    shares = eigenvalues[eigenvalues > 0] / total
    return total / largest, round(float(np.exp(-(shares * np.log(shares)).sum())), 12)


def null_of_hill(shape: tuple[int, int], generator: np.random.Generator) -> Estimate:
    r"""Hill's index of random matrices of one shape: mean, and standard deviation of one matrix.

    Drawn up to shorter sides n of :data:`DRAWN_UP_TO` and longer ones that can be drawn, else from
    the index :math:`\alpha` of large matrices, :func:`traindyn.tails.hill_null`. By draws a matrix
    has a mean that is higher by :math:`1.8\,(\alpha - 1)/n`, and the scatter
    :math:`4.5\,(\alpha - 1)/n`.

    Args:
        shape: Rows and columns, each at least ``FEWEST``.
        generator: Source of the matrices.

    Raises:
        ValueError: If a side is below ``FEWEST``.
    """
    numpy_generator(generator)
    least, most = min(shape), max(shape)
    if least > DRAWN_UP_TO or most > MOST:
        law = hill_null(most / least)
        return Estimate(law + 1.8 * (law - 1) / least, 4.5 * (law - 1) / least)
    found = random_indices(shape, REPLICAS, generator).hill
    return Estimate(float(found.mean()), float(found.std(ddof=1)), REPLICAS)


def layer_weights(
    layer: str,
    weights: Float[Array, "rows columns"],
    generator: np.random.Generator,
    start: Float[Array, "rows_before columns_before"] | None = None,
) -> LayerWeights:
    """The spectrum of one weight matrix, and what it may be called.

    Args:
        layer: Name of the parameter.
        weights: The matrix.
        generator: Source of the null and of the bootstrap.
        start: The same matrix before training.

    Raises:
        ValueError: If a weight is not finite, or the start has another shape.
    """
    numpy_generator(generator)
    values = eigenvalues_of(weights)
    rows, columns = np.shape(weights)
    bulk = bulk_of(values, max(rows, columns))
    stable, effective = ranks(values)
    moved, start_outliers = _since(start, weights)
    found = LayerWeights(
        layer,
        (rows, columns),
        "small",
        values[:10] / (bulk.edge or 1.0),
        *bulk,
        stable_rank=stable,
        effective_rank=effective,
        moved=moved,
        start_outliers=start_outliers,
    )
    if not values[0] > 0:
        return replace(found, name="zero", top=values[:0])
    if len(values) < FEWEST or not values[-1] > SMALLEST * values[0]:
        return found
    if values[0] - values[-1] <= EQUAL * values[0]:
        return replace(found, name="equal")
    index, null = hill(values), null_of_hill((rows, columns), generator)
    light = null.value - NULL_SPREAD * null.stderr
    found = replace(found, hill=index, null=null, name="spikes" if bulk.outliers else "random")
    few = bulk.outliers <= max(1.0, FEW * len(values))
    rest = values[bulk.outliers :]
    if index >= light or (few and (len(rest) < FEWEST or hill(rest) >= light)):
        return found
    tail = name_tail(values, generator, 50)
    name: Name = "heavy tail" if tail.objections else "power law"
    return replace(found, name=name, exponent=tail.exponent, objections=tail.objections)


def _since(start: Array | None, weights: Array) -> tuple[float | None, int | None]:
    """How far weights went from their start, and how many outliers that had."""
    if start is None:
        return None, None
    start = real_array("start", start, 2)
    if start.shape != np.shape(weights):
        raise ValueError(f"start must have the shape {np.shape(weights)}, got {start.shape}")
    norm = float(np.linalg.norm(start))
    moved = float(np.linalg.norm(weights - start)) / norm if norm > 0 else math.inf
    return moved, bulk_of(eigenvalues_of(start), max(start.shape)).outliers


class Start(NamedTuple):
    """The weights before training, as matrices."""

    matrices: dict[str, Array]
    """By the name of the parameter."""
    skipped: dict[str, str]
    """Why others are left out."""


def start_matrices(network: nn.Module, start: Mapping[str, Any] | None) -> Start:
    """The weights of a ``state_dict`` as matrices, those that fit to a network.

    Args:
        network: The network as it is now.
        start: Its ``state_dict`` before training, copied; None: without one.

    Raises:
        ValueError: If it is no dictionary, or shares memory with the network: then it has moved
            along, and must be copied before training.
    """
    if start is None:
        return Start({}, {})
    if not isinstance(start, Mapping):
        raise ValueError(f"start must be a state_dict, got {type(start).__name__}")
    matrices: dict[str, Array] = {}
    skipped: dict[str, str] = {}
    _require_copy(network, start)
    for name, weight, turned in _weights(network):
        try:
            before = _before(name, weight, start)
        except ValueError as error:
            skipped[f"start of {name}"] = str(error)
            continue
        if before is not None:
            matrices[name] = _matrix(before, turned)
    return Start(matrices, skipped)


def _require_copy(network: nn.Module, start: Mapping[str, Any]) -> None:
    """Refuse a start in the memory of the network: it has moved along."""
    for name, parameter in network.named_parameters():
        before = start.get(name)
        if isinstance(before, np.ndarray):
            before = torch.as_tensor(before)
        if not isinstance(before, Tensor) or is_lazy(parameter) or is_lazy(before):
            continue
        if before.shape == parameter.shape and shared_memory([parameter, before]):
            raise ValueError(
                f"start must be a copy of the weights before training, got {name} in the memory of "
                "the network: copy.deepcopy(network.state_dict())"
            )


def _before(name: str, weight: Tensor | Composed, start: Mapping[str, Any]) -> Tensor | None:
    """A weight of a ``state_dict``; None of one that has no spectrum.

    Raises:
        ValueError: If it is not there, has another shape or is not finite.
    """
    if not _has_spectrum(weight.of(None) if isinstance(weight, Composed) else weight):
        return None
    found = weight.of(start) if isinstance(weight, Composed) else held(weight, start.get(name))
    if not found.isfinite().all():
        raise ValueError("it is not finite")
    return found
