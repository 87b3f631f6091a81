"""Your own network: five lenses on one training run of a convolutional network and a transformer.

No paper stands behind this chapter: it holds the laws of the others against two networks that they
were not made for.
"""
