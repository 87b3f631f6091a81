"""Heavy-tailed spectra: how large full-batch steps reshape the weights of a two-layer network.

Reproduces Kothapalli, Pang, Deng, Liu and Yang, *From Spikes to Heavy Tails: Unveiling the Spectral
Evolution of Neural Networks* (arXiv 2406.04657).
"""
