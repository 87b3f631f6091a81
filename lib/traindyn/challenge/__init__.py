"""Challenges: a claim under other arguments, seeds, bounds, and how its verdict moves.

``traindyn challenge`` makes the maps; here stands what a program may ask.
"""

from traindyn.challenge.bounds import Span, decided_by, parts_of, span_of
from traindyn.challenge.names import Asking, Name, ask

__all__ = ["Asking", "Name", "Span", "ask", "decided_by", "parts_of", "span_of"]
