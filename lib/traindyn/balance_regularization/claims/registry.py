"""Where the claims of this chapter register."""

from traindyn.ledger import Registry

registry = Registry("balance_regularization", "BR")
