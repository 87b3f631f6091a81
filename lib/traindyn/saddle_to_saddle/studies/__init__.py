"""Named runs of the chapter: sizes per scale, random streams, typed results."""
