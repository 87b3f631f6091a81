"""Training dynamics of neural networks: simulations, closed forms and machine-decided claims."""

import time

IMPORTED_AT = time.time()
"""When this process first imported the library; of younger files it may run what stood before."""
