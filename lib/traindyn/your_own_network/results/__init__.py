"""What studies return, and what figures draw."""
