"""What the claims measured, as data for figures."""
