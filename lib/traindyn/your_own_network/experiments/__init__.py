"""What does come out: networks, their training, and what the lenses see."""
