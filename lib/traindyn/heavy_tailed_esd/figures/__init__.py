"""Figures of the chapter: each maps results of claims to one figure."""
