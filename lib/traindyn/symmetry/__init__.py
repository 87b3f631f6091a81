r"""Rescaling symmetry of hidden neurons, and the exact budget of their imbalance under SGD.

A hidden neuron with a homogeneous activation (linear, ReLU, leaky ReLU) computes the same function
after its incoming weights and bias are multiplied by :math:`\lambda > 0` and its outgoing weights
divided by it. Every batch gradient then obeys :math:`u\cdot g_u = w\cdot g_w`, with :math:`u` the
outgoing weights and :math:`w` the incoming weights and bias, and one step of plain SGD changes the
imbalance :math:`|u|^2 - |w|^2` by exactly :math:`\eta^2(|g_u|^2 - |g_w|^2)`.

* ``layers``: a layer of neurons between two maps, its imbalance and the change in a step;
* ``search``: which layers of a network have the symmetry;
* ``reading``: the answer for plain networks, from their modules;
* ``trial``: the answer for any network, from what it computes on a sample.
"""

from __future__ import annotations

from traindyn.symmetry.layers import NeuronLayer
from traindyn.symmetry.search import Symmetries, find_symmetries

__all__ = ["NeuronLayer", "Symmetries", "find_symmetries"]
