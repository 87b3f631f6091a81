"""What the laws of the other chapters say of these networks, in closed form."""
