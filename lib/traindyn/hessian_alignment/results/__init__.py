"""What running a claim leaves for the figures."""
