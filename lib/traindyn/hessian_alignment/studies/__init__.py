"""Named runs: sizes per scale, random streams, and which experiment with which control."""
