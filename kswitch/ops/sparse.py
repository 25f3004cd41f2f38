"""Sparse matrices: placeholders and variables whose values are fed or given as scipy.sparse
matrices.

A symbolic sparse tensor is its coordinates and values as ordinary tensors, so that products with
it, and their gradients, are gathers and scatter-adds on every engine. Functions that know nothing
of it get it as a dense tensor.
"""

import numpy as np

from kswitch.declare import Spec, Tensor, composite, op
from kswitch.graph import dtypes


@composite
def is_sparse(K, tensor):
    """Whether a tensor is stored as a sparse matrix; by type, not by content."""
    if type(tensor) is K.Sparse or hasattr(tensor, "tocoo"):
        return True
    return getattr(tensor, "is_sparse", False) is True or type(tensor).__name__ == "SparseTensor"


@composite
def to_dense(K, tensor):
    """A sparse tensor, or scipy.sparse matrix, as a dense one; a dense one as it is."""
    if type(tensor) is K.Sparse:
        rows, columns = tensor.size(0), tensor.size(1)
        flat = K.fill((rows * columns,), 0, tensor.dtype)
        places = tensor.rows * columns + tensor.columns
        return K.reshape(K.gather_gradient(tensor.values, flat, places), (rows, columns))
    if hasattr(tensor, "tocoo"):
        array = tensor.toarray()
        return K.adapter.asarray(array, dtypes.name_of(array.dtype))
    return tensor


def placeholder(K, shape, dtype, name):
    """A sparse placeholder; its parts are fed from one matrix."""
    if len(shape) != 2:
        raise ValueError(f"placeholder(): a sparse tensor must have rank 2, got the shape {shape}.")
    parts = [
        K.Placeholder((None,), kind, f"{name}/{part}")
        for part, kind in (("rows", "int32"), ("columns", "int32"), ("values", dtype))
    ]
    frame = K.Placeholder((*shape, 0), dtype, f"{name}/frame")
    return K.Sparse(*parts, frame, name)


def variable(K, matrix, dtype, name):
    """A sparse tensor of fixed coordinates, whose values are a variable."""
    matrix = matrix.tocoo()
    parts = [K.record.constant(x.astype("int32")) for x in (matrix.row, matrix.col)]
    values = K.variable(matrix.data, dtype, name)
    frame = K.record.constant(np.zeros((*matrix.shape, 0), "float32"))
    return K.Sparse(*parts, values, frame, values.name)


def feeds(matrix, dtype):
    """What is fed for the parts of a sparse placeholder: a matrix as coordinates,
    values and frame.
    """
    if not hasattr(matrix, "tocoo"):
        array = np.asarray(matrix)
        row, column = np.nonzero(array)
        values = array[row, column]
    else:
        array = matrix.tocoo()
        row, column, values = array.row, array.col, array.data
    return row.astype("int32"), column.astype("int32"), values, np.zeros((*array.shape, 0), dtype)


def _dot(K, x, y):
    """The rows of y that x names, times its values, added up where x says."""
    if type(y) is K.Sparse:
        y = K.to_dense(y)
    if y.ndim != 2:
        raise ValueError(f"dot(): a sparse matrix takes a matrix, got the shape {y.shape}.")
    if None not in (x.shape[1], y.shape[0]) and x.shape[1] != y.shape[0]:
        raise ValueError(f"dot(): the shapes {x.shape} and {y.shape} do not match.")
    width = y.shape[1] if y.shape[1] is not None else K.shape(y)[1]
    terms = K.gather(y, x.columns) * K.expand_dims(x.values, 1)
    return K.gather_gradient(terms, K.fill((x.size(0), width), 0, terms.dtype), x.rows)


def _concatenate(K, tensors, axis=-1):
    """Sparse if all are; else all become dense."""
    if not all(type(x) is K.Sparse for x in tensors):
        return K.concatenate([K.to_dense(x) if type(x) is K.Sparse else x for x in tensors], axis)
    axis = axis % 2
    offset = 0
    rows, columns = [], []
    for x in tensors:
        rows.append(x.rows + offset if axis == 0 else x.rows)
        columns.append(x.columns + offset if axis == 1 else x.columns)
        offset = offset + x.size(axis)
    parts = [K.concatenate(part, 0) for part in (rows, columns, [x.values for x in tensors])]
    return K.Sparse(*parts, K.concatenate([x.frame for x in tensors], axis), None)


def _identity(K, x, name=None):
    return K.Sparse(x.rows, x.columns, x.values, x.frame, name)


RULES = {"dot": _dot, "concatenate": _concatenate, "identity": _identity}


@op(public=False, differentiable=False, dynamic=True)
def nonzero(x: Tensor) -> list:
    """The rows and columns of the elements of a matrix that are not 0, row by row: two int32
    vectors.
    """
    return [Spec((None,), "int32"), Spec((None,), "int32")]


@composite(public=False)
def sparse_where(K, x, wanted):
    """The elements of a matrix for which `wanted` holds, as a sparse tensor."""
    x, wanted = (v if type(v) in K.SYMBOLIC else K.record.constant(v) for v in (x, wanted))
    rows, columns = K.nonzero(wanted)
    flat = K.reshape(x, (-1,))
    width = x.shape[1] if x.shape[1] is not None else K.shape(x)[1]
    frame = K.expand_dims(K.fill_like(x, 0.0, "float32"), -1)[:, :, :0]
    return K.Sparse(rows, columns, K.gather(flat, rows * width + columns), frame, None)
