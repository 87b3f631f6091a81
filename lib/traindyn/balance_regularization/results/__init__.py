"""What studies return and figures draw: data, one module per subject."""
