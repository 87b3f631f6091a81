"""Studies of the chapter: named runs with their sizes and streams, drawn once and stored."""
