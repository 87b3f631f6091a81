"""Study of two layers on few samples, where theory of many samples fails and a current flows."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.experiments.minima import around
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.covariance import Shares
from traindyn.anisotropic_noise.results.estimators import shares
from traindyn.anisotropic_noise.results.second_layer import FewSamples
from traindyn.anisotropic_noise.studies.networks import STARTS
from traindyn.anisotropic_noise.studies.settings import draw_setting
from traindyn.anisotropic_noise.theory.balance import lag_antisymmetry
from traindyn.anisotropic_noise.theory.frozen_noise import frozen_noise_error, shift_of_share
from traindyn.anisotropic_noise.theory.two_layers import second_layer_variances
from traindyn.runs import Context, study

PROBLEMS = {"ci": 160, "laptop": 200, "paper": 960}
SAMPLES, INPUTS, RUNS = 30, 10, 2
FREE = np.geomspace(0.4, 1.5, 4)
RATE, LAG = 4e-3, 50
"""Learning rate, and steps between the two weights of a lagged moment."""

BURN, TIMES = 8, 26
"""In units of 1/η."""


@study(stream="AN-8")
def few_samples(context: Context) -> FewSamples:
    """Problems of few samples: SGD, the linear theory of each, and its limit for many samples."""
    generator = context.numpy_generator("problems of few samples")
    settings = [
        draw_setting(SAMPLES, generator, inputs=INPUTS, free=FREE, learning_rate=RATE)
        for _ in range(context.choose(**PROBLEMS))
    ]
    batch, count = settings[0].batch_size, len(settings)
    exact = np.array([s.noise.covariance(RATE, batch) for s in settings])
    current = np.array(
        [
            lag_antisymmetry(s.noise.hessian, c, RATE, LAG)
            for s, c in zip(settings, exact, strict=True)
        ]
    )
    start = [
        around(s.noise.first, s.noise.second, side * c, RUNS, generator)
        for s, c in zip(settings, exact, strict=True)
        for side in STARTS.values()
    ]
    firsts, seconds = (np.concatenate(layers) for layers in zip(*start, strict=True))
    path = run_two_layers(
        np.array([s.noise.x for s in settings]),
        np.array([s.noise.y for s in settings]),
        firsts,
        seconds,
        RATE,
        batch,
        round(TIMES / RATE),
        generator,
    )
    centers = np.array([np.r_[s.noise.first.ravel(), s.noise.second.ravel()] for s in settings])
    left, values = (np.array(column) for column in zip(*(s.modes() for s in settings), strict=True))
    squares, products, kept, records = np.zeros(()), np.zeros(()), None, 0
    for step, layers in enumerate(path):
        if step < BURN / RATE or step % LAG:
            continue
        theta = np.hstack([layer.reshape(len(layer), -1) for layer in layers])
        now = theta.reshape(count, -1, theta.shape[1]) - centers[:, None]
        if kept is not None:
            along = kept[:, :, -len(FREE) - 1 :] @ left
            squares = squares + (along**2).mean(axis=1)
            products = products + ((kept @ current) * now).sum(axis=2).mean(axis=1)
            records += 1
        kept = now
    temperatures = np.array([s.temperature for s in settings])[:, None]
    theory = np.array([s.variances() for s in settings])
    limit = np.array([second_layer_variances(a, np.ones(1))[0] for a in values])
    # no problem is many times as heavy as another
    middle = (theory + limit) / 2
    size = (exact**2).sum(axis=(1, 2))
    error = frozen_noise_error(np.array([s.noise.hessian for s in settings]), RATE, batch)
    return FewSamples(
        variances=Shares(
            *shares(
                squares / records / temperatures / middle,
                limit / middle,
                theory / middle,
            )
        ),
        current=Shares(products / records / size, (current**2).sum(axis=(1, 2)) / size),
        error=error,
        shift=shift_of_share(error, limit / middle, theory / middle),
    )
