"""Studies of how fast the imbalance of the scalar model decays."""

from __future__ import annotations

from traindyn.balance_regularization.experiments.trajectories import follow, sgd_step
from traindyn.balance_regularization.results.balance import RateRun
from traindyn.balance_regularization.studies.data import LIGHT, STANDARD, START
from traindyn.balance_regularization.theory.dynamics import decay_along_paths
from traindyn.balance_regularization.theory.moments import moments
from traindyn.inference import Estimate, estimate_mean
from traindyn.runs import Context, study

REPLICAS = {"ci": 1200, "laptop": 1600, "paper": 20_000}
"""The squares of x·noise scatter by √8: η = 0.002 needs 1,100 to decide at 0.999."""

LATE_REPLICAS = {"ci": 400, "laptop": 1000, "paper": 10_000}
RECORDS = 25


@study(stream="BR-2")
def decay_of_imbalance(
    context: Context,
    learning_rate: float,
    batch_size: int = 1,
    *,
    time: float = 50.0,
    start: tuple[float, float] = START,
    divisor: int = 1,
) -> RateRun:
    """Paths of SGD with the decay that is predicted along them; a fraction of the replicas."""
    replicas = context.choose(**REPLICAS) // divisor
    generator = context.torch_generator(f"rate {learning_rate} {batch_size} 1.0")
    step = sgd_step(STANDARD, learning_rate, batch_size, replicas, generator)
    steps = round(time / learning_rate)
    records = [steps * i // RECORDS for i in range(RECORDS + 1)]
    paths = follow(step, start, learning_rate, records, replicas)
    data = moments(STANDARD)
    averages = paths.times[-1], paths.mean_v[-1], paths.mean_v_squared[-1]
    centered, exact = (
        decay_along_paths(data, learning_rate, batch_size, *averages, centered=c)
        for c in (True, False)
    )
    noise = data.mean_noise(paths.mean_v, paths.mean_v_squared)
    predicted = 4 * (learning_rate / batch_size) * paths.times * noise.mean(axis=1)
    return RateRun(learning_rate, batch_size, paths, predicted, centered, exact)


def late_temperature() -> float:
    """Temperature of the late rate, and its learning rate."""
    return 0.2 * moments(LIGHT).critical_temperature


@study(stream="BR-2")
def late_rate(context: Context) -> Estimate:
    """Late decay rate of the imbalance, light-tailed data at T = 0.2 T_c."""
    learning_rate = late_temperature()
    replicas = context.choose(**LATE_REPLICAS)
    generator = context.torch_generator("late 1.0")
    step = sgd_step(LIGHT, learning_rate, 1, replicas, generator)
    burn_in, end = round(8 / learning_rate), round(20 / learning_rate)
    paths = follow(step, (1.2, 0.8), learning_rate, [burn_in, end], replicas)
    decay = paths.log_imbalance[0] - paths.log_imbalance[1]
    return estimate_mean(decay / (paths.times[1] - paths.times[0]))
