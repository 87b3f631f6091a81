"""Studies: named runs that are drawn once, stored as data, and computed on all cores."""
