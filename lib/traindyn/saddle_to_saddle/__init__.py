"""Saddle-to-saddle dynamics: deep linear networks learn one rank after the other.

Reproduces Jacot, Ged, Simsek, Hongler and Gabriel, *Saddle-to-Saddle Dynamics in Deep Linear
Networks* (arXiv 2106.15933).
"""
