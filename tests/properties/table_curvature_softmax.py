"""Properties of softmax regression, sample by sample."""

from __future__ import annotations

import math

import numpy as np
import torch
from comparing import arrays, dense, near, normal, plain, seeds, within
from harness import Property
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import any_count

from traindyn import curvature


def slow_gram(inputs, weights):
    rows, weights = plain(inputs), plain(weights)
    assert len(rows) == len(weights)
    total = [
        [
            math.fsum(w * x[a] * x[b] for x, w in zip(rows, weights, strict=True))
            for b in range(rows.shape[1])
        ]
        for a in range(rows.shape[1])
    ]
    return np.array(total) / len(rows)


def slow_model(x, inputs, labels):
    """Residuals and probabilities of each sample."""
    x, inputs, labels = plain(x), plain(inputs), plain(labels).astype(int)
    assert set(labels) <= set(range(len(x)))
    logits = inputs @ x.T
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return p, p - np.eye(len(x))[labels], inputs


def slow_blocks(weights, inputs):
    """The matrix of blocks (1/M) Σ w_ab X Xᵀ; a weight of zero adds nothing."""
    ones = np.ones(2 * inputs.shape[1:])
    return sum(
        np.where(np.kron(w, ones) == 0, 0.0, np.kron(w, np.outer(x, x)))
        for w, x in zip(weights, inputs, strict=True)
    ) / len(inputs)


def slow_softmax_hessian(*drawn):
    p, _, inputs = slow_model(*drawn)
    return slow_blocks([np.diag(q) - np.outer(q, q) for q in p], inputs)


def slow_softmax_gradients(*drawn):
    _, r, inputs = slow_model(*drawn)
    return slow_blocks([np.outer(q, q) for q in r], inputs)


def block(matrix, row, column, classes):
    assert row in range(classes)
    column = row if column is None else column
    assert column in range(classes)
    return matrix.reshape(classes, len(matrix) // classes, classes, -1)[row, :, column]


def plain_model(seed, k, d, m):
    g = np.random.default_rng(seed)
    return g.standard_normal((k, d)), g.standard_normal((m, d)), g.integers(0, k, m)


models = st.tuples(seeds, *[st.integers(1, 3)] * 3).map(lambda s: plain_model(*s))
labels_ = st.one_of(
    hnp.arrays(np.uint8, 4, elements=st.integers(0, 3)),
    st.lists(st.integers(-1, 2), max_size=5),
    hnp.arrays(int, 4, elements=st.integers(0, 1)).map(torch.tensor),
    arrays(4),
)
wild_models = st.tuples(arrays((2, 3)), arrays((4, 3)), labels_) | models


def of_models(call, slow, ordinary=(), wild=()):
    """A property of a method; what cancels is compared at the size of the inputs."""

    def over_size(inputs, values):
        return values / max(1.0, np.abs(plain(inputs)).max()) ** 2

    return Property(
        lambda m, *rest: over_size(m[1], call(curvature.SoftmaxRegression(*m), *rest)),
        lambda m, *rest: over_size(m[1], slow(*m, *rest)),
        st.tuples(models, *ordinary),
        st.tuples(wild_models, *wild),
        within(1e-6, 1e-11),
    )


classes_ = (st.just(0), st.none() | st.just(0))
wild_classes = (any_count(), st.none() | any_count())

SOFTMAX = {
    "weighted_gram": Property(
        curvature.weighted_gram,
        slow_gram,
        seeds.map(lambda seed: (normal(seed, 4, 2), normal(seed + 1, 4))),
        st.tuples(arrays((3, 2)), arrays(3)),
        near,
    ),
    "SoftmaxRegression": of_models(
        lambda made: made.probabilities, lambda *drawn: slow_model(*drawn)[0]
    ),
    "SoftmaxRegression.gradient": of_models(
        lambda made: made.gradient(),
        lambda *drawn: (m := slow_model(*drawn))[1].T @ m[2] / len(m[2]),
    ),
    "SoftmaxRegression.hessian": of_models(
        lambda made: dense(made.hessian()), slow_softmax_hessian
    ),
    "SoftmaxRegression.gradient_matrix": of_models(
        lambda made: dense(made.gradient_matrix()), slow_softmax_gradients
    ),
    "SoftmaxRegression.hessian_block": of_models(
        lambda made, *rest: made.hessian_block(*rest),
        lambda x, i, y, *rest: block(slow_softmax_hessian(x, i, y), *rest, len(plain(x))),
        classes_,
        wild_classes,
    ),
    "SoftmaxRegression.gradient_block": of_models(
        lambda made, *rest: made.gradient_block(*rest),
        lambda x, i, y, *rest: block(slow_softmax_gradients(x, i, y), *rest, len(plain(x))),
        classes_,
        wild_classes,
    ),
}

TABLE = {f"traindyn.curvature.softmax.{name}": tried for name, tried in SOFTMAX.items()}
