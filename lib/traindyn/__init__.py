"""Training dynamics of neural networks: simulations, closed forms and machine-decided claims."""
