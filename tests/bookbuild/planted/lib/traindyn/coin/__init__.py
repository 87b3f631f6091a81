"""A fair coin."""

from traindyn.coin.claims import coin

run = coin.run
