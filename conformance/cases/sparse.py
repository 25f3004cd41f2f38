"""Sparse matrices: fed and stored as scipy.sparse has them, multiplied, joined, made dense.

A stand-in with the same attributes is used, so that the suite needs no SciPy.
"""

import numpy as np
from kswitch.conformance.arrays import floats
from kswitch.conformance.case import program


class Coordinates:
    """What K needs of a scipy.sparse matrix: its coordinate form."""

    def __init__(self, array):
        self.shape = array.shape
        self.dtype = array.dtype
        self.row, self.col = np.nonzero(array)
        self.data = array[self.row, self.col]
        self.array = array

    def tocoo(self):
        return self

    def toarray(self):
        return np.array(self.array)

    todense = toarray


A = floats(4, 5)
A[np.abs(A) < 1.2] = 0
B = floats(5, 3, seed=1)
CASES = []


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, 1e-5, 1e-5)


@program("is_sparse", CASES)
def of_sparse_and_dense(K):
    """Seed 000, lines 336 to 342."""
    assert K.is_sparse(K.placeholder((2, 2), sparse=False)) is False
    assert K.is_sparse(K.placeholder((2, 2), sparse=True)) is True
    assert K.is_sparse(K.variable(Coordinates(A))) is True
    assert K.is_sparse(K.variable(A)) is False


@program("to_dense", CASES)
def of_a_placeholder(K):
    """Seed 000, lines 360 to 366."""
    x = K.placeholder((2, 2), sparse=True)
    assert K.is_sparse(x)
    assert not K.is_sparse(K.to_dense(x))
    assert K.int_shape(K.to_dense(x)) == (2, 2)


@program("to_dense", CASES)
def of_a_dense_tensor_lets_gradients_through(K):
    x = K.variable(A)
    close(K.eval(K.gradients(K.sum(K.square(K.to_dense(x))), [x])[0]), 2 * A)


@program("to_dense", CASES)
def has_the_values(K):
    close(K.eval(K.to_dense(K.variable(Coordinates(A)))), A)
    x = K.placeholder((None, 5), sparse=True)
    function = K.function([x], [K.to_dense(x)])
    for rows in (A, A[:2]):
        close(function([Coordinates(rows)])[0], rows)


@program("eval", CASES)
def of_a_sparse_variable(K):
    value = K.eval(K.variable(Coordinates(A)))
    close(value.toarray() if hasattr(value, "toarray") else value, A)


@program("dot", CASES)
def of_a_sparse_and_a_dense_matrix(K):
    y = K.dot(K.variable(Coordinates(A)), K.variable(B))
    assert K.int_shape(y) == (4, 3)
    assert not K.is_sparse(y)
    close(K.eval(y), A @ B)


@program("dot", CASES)
def of_what_is_fed_sparsely(K):
    x, w = K.placeholder((None, 5), sparse=True), K.variable(B)
    y = K.dot(x, w)
    g = K.gradients(K.sum(K.square(y)), [w])[0]
    function = K.function([x], [y, g])
    for rows in (A, A[1:]):
        value, slope = function([Coordinates(rows)])
        close(value, rows @ B)
        close(slope, 2 * rows.T @ (rows @ B))


@program("concatenate", CASES)
def of_sparse_matrices_is_sparse(K):
    for axis in (0, 1, -1):
        x = K.concatenate([K.variable(Coordinates(A)), K.variable(Coordinates(2 * A))], axis=axis)
        assert K.is_sparse(x)
        assert K.int_shape(x) == ((8, 5) if axis == 0 else (4, 10))
        close(K.eval(K.to_dense(x)), np.concatenate([A, 2 * A], axis))


@program("concatenate", CASES)
def of_sparse_and_dense_is_dense(K):
    x = K.concatenate([K.variable(Coordinates(A)), K.variable(A)], axis=1)
    assert not K.is_sparse(x)
    close(K.eval(x), np.concatenate([A, A], 1))


@program("placeholder", CASES)
def that_is_sparse_knows_shape_and_dtype(K):
    x = K.placeholder((None, 5), sparse=True, dtype="float64", name="words")
    assert (K.int_shape(x), K.dtype(x), K.ndim(x)) == ((None, 5), "float64", 2)
    assert "words" in x.name
