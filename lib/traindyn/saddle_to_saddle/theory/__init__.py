"""Closed forms: distances, escapes, plateaus, modes."""
