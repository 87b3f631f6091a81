"""What does come out: simulations of SGD and of its stochastic equation, and exact chains."""
