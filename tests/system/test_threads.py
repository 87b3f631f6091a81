"""One thread for a piece of work: in force inside, the user's setting afterwards."""

import threading

import numpy as np
import pytest
import scipy.linalg
import torch
from scipy.sparse.linalg import LinearOperator
from threadpoolctl import threadpool_info, threadpool_limits

from traindyn.curvature import lanczos_quadrature, operators, top_eigenpairs
from traindyn.system.threads import one_thread


def pools():
    """Threads of every pool, as this thread of Python sees them, and of torch with its BLAS."""
    found = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
    _, _, inside = torch.__config__.parallel_info().partition("mkl_get_max_threads() : ")
    mkl = int(inside.split()[0]) if inside else torch.get_num_threads()
    return {**found, "torch": torch.get_num_threads(), "mkl": mkl}


def blas():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture
def users():
    """A user who has set every pool to three threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    with threadpool_limits(limits=3):
        found = pools()
        assert set(found.values()) == {3}
        yield found
    torch.set_num_threads(before)


def test_every_pool_has_one_thread_inside_and_its_own_number_after(users):
    with one_thread():
        assert set(pools().values()) == {1}
        with one_thread():
            pass
        assert set(pools().values()) == {1}
    assert pools() == users


def test_an_error_restores(users):
    with pytest.raises(KeyError), one_thread():
        raise KeyError
    assert pools() == users


def test_a_setting_inside_does_not_outlive_the_block(users):
    with one_thread():
        torch.set_num_threads(2)
    assert pools() == users


def test_threads_of_python_leave_nothing_behind(users):
    """The first that enters leaves first; the setting of the process is what it was all the same.

    OpenMP has a setting per thread of Python, so that the second one's is not the first one's.
    """
    entered, leave, seen = threading.Event(), threading.Event(), {}

    def other():
        with one_thread():
            seen["inside"] = set(pools().values())
            entered.set()
            leave.wait()
            seen["alone"] = torch.get_num_threads()
        seen["after"] = blas()

    thread = threading.Thread(target=other)
    with one_thread():
        thread.start()
        entered.wait()
    assert pools() == users
    leave.set()
    thread.join()
    assert seen == {"inside": {1}, "alone": 1, "after": {3}}
    assert pools() == users
    fresh = threading.Thread(target=lambda: seen.update(torch=torch.get_num_threads()))
    fresh.start()
    fresh.join()
    assert seen["torch"] == 3


def seen_by(size, call):
    """Thread numbers during the products of an operator that a tool is called with."""
    seen = set()

    def product(vectors):
        seen.update(pools().values())
        return np.arange(size).reshape((-1,) + (1,) * (vectors.ndim - 1)) * vectors

    shape = (size, size)
    call(LinearOperator(shape, matvec=product, matmat=product, rmatvec=product, dtype=float))
    return seen


def top(operator):
    return top_eigenpairs(operator, 2)


def quadrature(operator):
    return lanczos_quadrature(operator, 3, 2, np.random.default_rng(0))


@pytest.mark.parametrize("call", [top, quadrature])
def test_tools_take_one_thread_where_products_are_small(users, monkeypatch, call):
    assert seen_by(60, call) == {1}
    assert pools() == users
    monkeypatch.setattr(operators, "SMALL_OPERATOR", 59)
    assert seen_by(60, call) == {3}
    assert pools() == users


def test_small_arrays_are_decomposed_on_one_thread(users, monkeypatch):
    matrix, seen = np.diag(np.arange(1.0, 9.0)), []
    eigh = scipy.linalg.eigh
    spied = lambda *a, **k: (seen.append(blas()), eigh(*a, **k))[1]  # noqa: E731
    monkeypatch.setattr("traindyn.curvature.eigenpairs.linalg.eigh", spied)
    top_eigenpairs(matrix, 2)
    monkeypatch.setattr(operators, "SMALL_ARRAY", 7)
    top_eigenpairs(matrix, 2)
    assert seen == [{1}, {3}]
    assert pools() == users


def test_what_is_imported_later_is_limited_too(users):
    """The pools are looked for again when modules were imported."""
    with one_thread():
        pass
    import sklearn.cluster  # noqa: F401 brings an OpenMP

    with one_thread():
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
