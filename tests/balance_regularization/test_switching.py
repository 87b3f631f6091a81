"""The runs of the moving figure: means, balance, and what isotropic noise does."""

import numpy as np
import pytest

from traindyn.balance_regularization.studies import switching
from traindyn.runs import Context


@pytest.fixture(scope="module")
def run():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(switching, "RATIOS", (0.5, 1.4))
        patch.setattr(switching, "LONGEST", 40.0)
        yield switching.switching.__wrapped__(Context("ci", 0, "switching"))


def test_sgd_follows_the_predicted_mean_and_switches_off(run):
    # standard error of the mean 0.7 / √1000 = 0.022, error of the theory 0.01
    assert run.sgd.products[0].mean() == pytest.approx(0.5, abs=0.13)
    # at 1.4 T_c log v falls by 64 in this time with a standard deviation of 30
    assert (run.sgd.products[1] < 0.01).mean() > 0.9


def test_only_sgd_balances(run):
    def left(treatment):
        start, end = (abs(treatment.u[:, i] ** 2 - treatment.w[:, i] ** 2) for i in (0, -1))
        return np.median(end, axis=1) / start[:, 0]

    assert (left(run.sgd) < 0.02).all()  # six balance times: e⁻⁶ of it
    assert (left(run.isotropic) > 0.2).all()


def test_paths_start_together_and_weights_of_networks_differ(run):
    for treatment in (run.sgd, run.isotropic):
        assert treatment.u.shape == (2, switching.RECORDS + 1, switching.SHOWN)
        assert (treatment.u[:, 0] == switching.START[0]).all()
        assert (treatment.w[:, 0] == switching.START[1]).all()
        assert len(np.unique(treatment.u[:, -1])) > switching.SHOWN


def test_runs_last_until_the_law_is_stationary():
    lengths = [switching.run_length(r) for r in (0.2, 0.5, 0.8, 1.0, 1.4)]
    assert lengths == sorted(lengths)
    assert lengths[-1] == switching.LONGEST
