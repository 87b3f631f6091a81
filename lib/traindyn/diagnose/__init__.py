"""Your own network through the lenses of this book: one call, numbers with errors, plain words.

    found = diagnose(network, loader, "cross_entropy")
    print(markdown(found))

* ``data``: samples of a loader, the loss of each;
* ``weights``: spectra of the layers beside random matrices of their shape;
* ``landscape``: top directions of the Hessian, its density, who is aligned with them;
* ``noise``: noise of the gradient along them, balance of hidden neurons;
* ``diagnosis``: all of it at once;
* ``reading``: what the numbers say, and what they do not;
* ``report``: JSON with a schema, Markdown, a picture;
* ``recorder``: weights over time, from a training loop;
* ``command``: ``traindyn diagnose``.

Nothing here knows the chapters of the book.
"""

from __future__ import annotations

from traindyn.diagnose.diagnosis import LENSES, Diagnosis, diagnose
from traindyn.diagnose.landscape import Density, Directions, LayerAlignment
from traindyn.diagnose.noise import LayerBalance, Noise
from traindyn.diagnose.reading import Reading, readings
from traindyn.diagnose.recorder import Recorder
from traindyn.diagnose.report import as_json, draw, markdown, schema
from traindyn.diagnose.weights import LayerWeights

__all__ = [
    "LENSES",
    "Density",
    "Diagnosis",
    "Directions",
    "LayerAlignment",
    "LayerBalance",
    "LayerWeights",
    "Noise",
    "Reading",
    "Recorder",
    "as_json",
    "diagnose",
    "draw",
    "markdown",
    "readings",
    "schema",
]
