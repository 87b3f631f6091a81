"""What studies of networks measure, where it can be known."""

import numpy as np
import pytest

from traindyn.balance_regularization.claims.common import always, never
from traindyn.balance_regularization.studies import networks
from traindyn.inference import estimate_fraction
from traindyn.runs import Context


@pytest.fixture
def context():
    return Context("ci", 1000, "BR-6")


def test_noise_matrices_are_their_floors_where_label_noise_alone_is_left(context):
    found = networks.fitted_noise(context)
    for ratios in (found.c1, found.c2):
        assert ratios.shape == (64,)
        assert ratios.mean() == pytest.approx(1.0, abs=0.02)


def test_a_neuron_that_hardly_fires_does_not_decide():
    found = networks.fitted_noise(Context("ci", 15, "BR-6"))  # one fires on a sample in thousands
    for ratios in (found.c1, found.c2):
        assert np.abs(ratios - 1).max() < 0.3


def test_noise_matrices_hold_the_total_variances(context):
    found = networks.traces(context)
    np.testing.assert_allclose(found.by_c1, found.incoming, rtol=1e-12)
    np.testing.assert_allclose(found.by_c2, found.outgoing, rtol=1e-12)


@pytest.mark.parametrize("trials", [20, 500])
def test_never_and_always_allow_no_exception(trials):
    def outcomes(rule, few):
        hits = (few, 1 + few) if few == 0 else (few, few - 1)
        return [rule.outcome(estimate_fraction(hit, trials)) for hit in hits]

    assert outcomes(never(trials), 0) == ["pass", "undecided"]
    assert outcomes(always(trials), trials) == ["pass", "undecided"]
