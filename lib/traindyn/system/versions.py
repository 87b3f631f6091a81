"""What of the machine decides how numbers are computed: installed versions and variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from importlib import metadata

ARITHMETIC = ("ATEN_", "BLIS_", "GOTO_", "KMP_", "MKL_", "NPY_", "OMP_", "OPENBLAS_", "VECLIB_")
"""How the names of variables begin that steer how numbers are computed."""

STARTS = ("KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK")
"""Variables that only steer how OpenMP starts; scikit-learn sets them when it is imported."""

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables that limit threads. A run sets them to one: sums do not depend on the machine."""


def arithmetic_variables(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables that steer arithmetic, without the number of threads, which a run sets.

    >>> given = {"OMP_NUM_THREADS": "4", "KMP_INIT_AT_FORK": "FALSE", "MKL_CBWR": "AVX2"}
    >>> arithmetic_variables({**given, "HOME": "/"})
    {'MKL_CBWR': 'AVX2'}
    """
    return {
        name: value
        for name, value in sorted(environ.items())
        if name.startswith(ARITHMETIC) and name not in THREAD_LIMITS + STARTS and value
    }


@cache
def installed_versions(lock: str) -> str:
    """Name and version of each package that a lock names, as installed; a line each.

    Args:
        lock: Lines ``name==version``.

    >>> installed_versions("no-such-package==1.0")
    'no-such-package missing'
    """
    found = {}
    for name in {line.partition("==")[0] for line in lock.split()}:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "missing"
    return "\n".join(f"{name} {version}" for name, version in sorted(found.items()))
