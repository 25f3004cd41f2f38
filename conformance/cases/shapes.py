"""Reshaping, joining, slicing."""

import numpy as np
from kswitch.conformance import oracle
from kswitch.conformance.arrays import bools, floats, ints
from kswitch.conformance.case import Case, Raises, program

X = floats(2, 3, 4)
N = ints(2, 3, high=5)
CASES = [
    Case("reshape", (X, (4, 6)), np.reshape, batch=(), grad=2),
    Case("reshape", (X, [-1, 4]), np.reshape, id="inferred", static=(None, 4)),
    Case("reshape", (X, (-1,)), np.reshape, id="flat", static=(None,)),
    Case("reshape", (floats(1, 1), ()), np.reshape, id="scalar", batch=()),
    Case("reshape", (np.array(3, "float32"), (1, 1)), np.reshape, id="from-scalar", batch=()),
    Case("reshape", (np.zeros((0, 3), "float32"), (3, 0)), np.reshape, id="empty", batch=()),
    Case("reshape", (X,), lambda x: x.reshape(4, 6), id="array", batch=(),
         build=lambda K, x: K.reshape(x, np.array([4, 6]))),
    Case("reshape", (X,), lambda x: x.reshape(4, 6), id="numpy-ints", batch=(),
         build=lambda K, x: K.reshape(x, (np.int64(4), np.int32(6)))),
    Case("reshape", (X,), lambda x: x.reshape(len(x), -1), id="own-size", static=(None, 12),
         build=lambda K, x: K.reshape(x, (K.shape(x)[0], 12))),
    Case("reshape", (X,), lambda x: x.reshape(-1, 4, 3), id="own-sizes", static=(None, 4, 3),
         build=lambda K, x: K.reshape(x, (K.shape(x)[0], K.shape(x)[2], K.shape(x)[1]))),
    Case("reshape", (X,), lambda x: x.reshape(-1, 2, 2, 3), id="arithmetic", static=(None, 2, 2, 3),
         build=lambda K, x: K.reshape(x, (-1, K.shape(x)[2] // 2, 2, K.shape(x)[1]))),
    Case("reshape", (X,), lambda x: x, id="shape-tensor",
         build=lambda K, x: K.reshape(x, K.shape(x))),
    Case("reshape", (X,), lambda x: x.reshape(len(x), 1, 3, 4), id="stacked",
         static=(None, 1, 3, 4),
         build=lambda K, x: K.reshape(x, K.stack([K.shape(x)[0], 1, 3, K.shape(x)[2]]))),
    Case("reshape", (X,), lambda x: x.reshape(len(x), 3, 4, 1), id="concatenated",
         build=lambda K, x: K.reshape(x, K.concatenate([K.shape(x), [1]]))),
    Raises("reshape", (X, (5, -1)), ValueError, r"reshape\(\): \(2, 3, 4\) cannot become"),
    Raises("reshape", (X, (5, 5)), ValueError, r"reshape\(\): \(2, 3, 4\) cannot become",
           id="sizes"),
    Raises("reshape", (X, (-1, -1)), ValueError, "at most one size can be -1", id="two-inferred"),
    Case("permute_dimensions", (X, (0, 2, 1)), np.transpose, static=(None, 4, 3), grad=2),
    Case("permute_dimensions", (X, [2, 0, 1]), np.transpose, id="batch-moves", static=(4, None, 3)),
    Case("permute_dimensions", (X, (-1, 0, 1)), np.transpose, id="negative"),
    Raises("permute_dimensions", (X, (0, 1, 1)), ValueError, "pattern must be a permutation"),
    Raises("permute_dimensions", (X, (0, 1)), ValueError, "pattern must be a permutation",
           id="too-short"),
    Case("transpose", (X,), np.transpose, static=(4, 3, None)),
    Case("transpose", (floats(2, 3),), np.transpose, id="matrix"),
    Case("transpose", (floats(3),), np.transpose, id="vector"),
    *(
        # two calls in one program: neither result may be in the other's memory
        Case(op, (X, floats(2, 3, 4, seed=1)), lambda x, y, f=want, a=args: f(x, *a) - 2 * f(y, *a),
             id="two", batch=(), grad=False,
             build=lambda K, x, y, op=op, a=args: getattr(K, op)(x, *a) - getattr(K, op)(y, *a) * 2)
        for op, args, want in (
            ("expand_dims", (1,), np.expand_dims),
            ("identity", (), lambda x: x),
            ("permute_dimensions", ((2, 0, 1),), np.transpose),
            ("reshape", ((4, 6),), np.reshape),
            ("reverse", (1,), np.flip),
            ("stop_gradient", (), lambda x: x),
            ("print_tensor", (), lambda x: x),
        )
    ),
    Case("squeeze", (X[:, :1], X[:, 1:2]), lambda x, y: x[:, 0] - 2 * y[:, 0], id="two", batch=(),
         grad=False, build=lambda K, x, y: K.squeeze(x, 1) - K.squeeze(y, 1) * 2),
    Case("shape", (X, floats(2, 5, 6)), lambda x, y: np.array(x.shape) - y.shape, id="two",
         batch=(0, 1), grad=False, dtype="int32", native=False,
         build=lambda K, x, y: K.shape(x) - K.shape(y)),
    Case("size", (X, floats(2, 5, 6)), lambda x, y: x.size - y.size, id="two",
         batch=(0, 1), grad=False, dtype="int32", native=False,
         build=lambda K, x, y: K.size(x) - K.size(y)),
    Case("expand_dims", (X,), lambda x: x[..., None], static=(None, 3, 4, 1)),
    Case("expand_dims", (X, 0), np.expand_dims, id="front", static=(1, None, 3, 4)),
    Case("expand_dims", (X, 2), np.expand_dims, id="middle"),
    Case("expand_dims", (X, -2), np.expand_dims, id="negative"),
    Case("expand_dims", (np.array(2, "float32"), 0), np.expand_dims, id="scalar", batch=()),
    Raises("expand_dims", (X, 4), ValueError, "axis 4 is out of range"),
    Case("squeeze", (floats(2, 1, 3), 1), np.squeeze, static=(None, 3)),
    Case("squeeze", (floats(2, 3, 1), -1), np.squeeze, id="last"),
    Case("squeeze", (floats(1, 3), 0), np.squeeze, id="first", batch=()),
    Raises("squeeze", (X, 1), ValueError, r"axis 1 of shape \(2, 3, 4\) has size 3, not 1"),
    Case("flatten", (X,), np.ravel, static=(None,)),
    Case("flatten", (bools(2, 3),), np.ravel, id="bools"),
    Case("flatten", (np.array(2, "float32"),), np.ravel, id="scalar", batch=()),
    Case("batch_flatten", (X,), lambda x: x.reshape(len(x), -1), static=(None, 12)),
    Case("batch_flatten", (floats(2, 3),), lambda x: x, id="matrix"),
    Case("batch_flatten", (np.zeros((0, 3, 2), "float32"),), lambda x: x.reshape(0, 6), id="empty"),
    Case("concatenate", ([X, floats(2, 3, 2, seed=1)],), lambda x: np.concatenate(x, -1),
         static=(None, 3, 6), batch=(0, 1), grad=2),
    Case("concatenate", ([X, floats(1, 3, 4, seed=1)], 0), np.concatenate, id="axis0",
         static=(None, 3, 4)),
    Case("concatenate", ([X, floats(2, 1, 4), X], 1), np.concatenate, id="three", batch=(0, 1, 2),
         static=(None, 7, 4)),
    Case("concatenate", ([X],), lambda x: x[0], id="one"),
    Case("concatenate", ([X, np.zeros((2, 3, 0), "float32")],), lambda x: x[0], id="empty",
         batch=(0, 1)),
    Case("concatenate", ([N, floats(2, 2)],), lambda x: np.concatenate(x, -1), id="ints-and-floats",
         dtype="float32", native=False, batch=(0, 1)),
    Case("concatenate", ([N, N], -2), np.concatenate, id="ints", batch=()),
    Raises("concatenate", ([X, floats(2, 2, 4)],), ValueError, "all axes but 2 must agree"),
    Raises("concatenate", ([X, floats(2, 3)],), ValueError, "all ranks must agree", id="ranks"),
    Raises("concatenate", ([X, X], 3), ValueError, "axis 3 is out of range", id="axis"),
    Case("stack", ([X, X[::-1].copy()],), np.stack, batch=(0, 1), static=(2, None, 3, 4), grad=2),
    Case("stack", ([X, X[::-1].copy()], 1), np.stack, id="axis1", batch=(0, 1)),
    Case("stack", ([X, X[::-1].copy()], -1), np.stack, id="last", batch=(0, 1)),
    Case("stack", ([np.array(2, "float32"), np.array(3, "float32")],), np.stack, id="scalars",
         batch=()),
    Case("stack", (X,), lambda x: [len(x), 1, 12], id="sizes", grad=False, native=False,
         build=lambda K, x: K.stack([K.shape(x)[0], 1, 12]), dtype="int32"),
    Raises("stack", ([X, floats(2, 3)],), ValueError, "all shapes must agree"),
]  # fmt: skip

# Slices, reversal, rows


def part(x, start, size):
    ends = [None if n == -1 else a + n for a, n in zip(start, size, strict=True)]
    return x[tuple(slice(a, b) for a, b in zip(start, ends, strict=True))]


CASES += [
    Case("slice", (X, (0, 1, 1), (2, 2, 3)), part, batch=(), grad=2),
    # the gradient by the result differs with x, so that it has a second derivative of its own
    Case("slice", (X,), lambda x: x[:, 1:3] ** 2, id="squared", grad=2,
         build=lambda K, x: K.square(K.slice(x, (0, 1, 0), (-1, 2, 4)))),
    Case("slice", (X, [0, 1, 0], [-1, 2, -1]), part, id="to-the-end", static=(None, 2, 4)),
    Case("slice", (X, [0, 0, 2], [1, 3, 1]), part, id="one-row", batch=()),
    Case("slice", (X,), lambda x: x[:, 1:3], id="own-size", static=(None, 2, 4),
         build=lambda K, x: K.slice(x, [0, 1, 0], [K.shape(x)[0], 2, K.shape(x)[2]]), wide=True),
    Raises("slice", (X, (0, 1), (1, 1)), ValueError,
           "The dimension and the size of indices should match", native=True),
    Case("reverse", (X, 0), np.flip, grad=2),
    Case("reverse", (X, 1), np.flip, id="axis1"),
    Case("reverse", (X, -1), np.flip, id="last"),
    Case("reverse", (X, [0, 2]), np.flip, id="list"),
    Case("reverse", (X, (1, -1)), np.flip, id="tuple"),
    Case("reverse", (N, 1), np.flip, id="ints"),
    Raises("reverse", (X, 3), ValueError, "axis 3 is out of range"),
    Case("gather", (floats(4, 3), ints(2, high=4)), oracle.gather, grad=2, static=(2, 3)),
    Case("gather", (floats(4, 3), ints(2, 5, high=4)), oracle.gather, id="repeated", batch=(1,),
         static=(None, 5, 3), grad=2),
    Case("gather", (floats(4), ints(2, 3, high=4)), oracle.gather, id="vector", batch=(1,)),
    Case("gather", (floats(4, 2, 3), np.array(2, "int32")), oracle.gather, id="scalar"),
    Case("gather", (ints(4, 2, high=9), ints(3, high=4)), oracle.gather, id="ints"),
    Case("gather", (floats(4, 2), [0, 2]), oracle.gather, id="list"),
    Case("gather", (floats(4, 2), ints(3, high=4, dtype="int64")), oracle.gather, id="int64",
         native=False),
    Case("gather", (floats(4, 2), ints(3, high=4, dtype="uint8")), oracle.gather, id="uint8"),
    Case("gather", (floats(4, 2), floats(2, 3, low=0, high=3.9)),
         lambda x, i: x[i.astype(int)], id="cast-indices", inner=(0,), batch=(1,),
         build=lambda K, x, i: K.gather(x, K.cast(i, "int32"))),
    Raises("gather", (np.array(2, "float32"), [0]), ValueError, "must have at least one axis"),
]  # fmt: skip

# Classes as vectors


def one_hot(indices, num_classes):
    result = np.zeros((*indices.shape, num_classes))
    for place in np.ndindex(*indices.shape):
        if 0 <= indices[place] < num_classes:
            result[(*place, indices[place])] = 1
    return result


CASES += [
    Case("one_hot", (ints(4, high=3), 3), one_hot, dtype="float32", static=(None, 3)),
    Case("one_hot", (ints(2, 3, high=5), 5), one_hot, id="matrix", dtype="float32"),
    Case("one_hot", (np.array([-1, 0, 2], "int32"), 2), one_hot, id="outside", dtype="float32"),
    Case("one_hot", (ints(4, high=3, dtype="int64"), 3), one_hot, id="int64", dtype="float32",
         native=False),
    Case("one_hot", (ints(4, high=3), floats(4, 3)), lambda i, p: one_hot(i, 3), id="own-size",
         build=lambda K, i, p: K.one_hot(i, K.shape(p)[-1]), dtype="float32", batch=(0, 1),
         grad=False),
]  # fmt: skip

# Sizes


def stated(x):
    return np.array(x.shape)


CASES += [
    Case("shape", (X,), stated, dtype="int32", grad=False, host=True, static=(3,)),
    Case("shape", (np.array(2, "float32"),), np.zeros(0, int), dtype="int32", grad=False, host=True,
         id="scalar", batch=()),
    Case("shape", (X,), lambda x: x.shape[1], id="entry", dtype="int32", grad=False, host=True,
         build=lambda K, x: K.shape(x)[1]),
    Case("shape", (X,), lambda x: np.array(x.shape[1:]), id="slice", dtype="int32", grad=False,
         host=True, build=lambda K, x: K.shape(x)[1:]),
    Case("shape", (X,), lambda x: np.array(len(x) * 3 + 1), id="arithmetic", dtype="int32",
         grad=False,
         host=True, build=lambda K, x: K.shape(x)[0] * K.shape(x)[1] + 1),
    Case("shape", (X,), lambda x: np.array(2.0 * len(x)), id="cast", dtype="float32", grad=False,
         native=False, build=lambda K, x: K.cast(K.shape(x)[0], "float32") * 2.0),
    Case("size", (X,), np.size, dtype="int32", grad=False, host=True),
    Case("size", (X,), lambda x, name: np.size(x), {"name": "n"}, id="name", dtype="int32",
         grad=False, host=True),
]  # fmt: skip


@program("shape", CASES)
def grid_of_the_notebook(K):
    """Cell In[146] of seed 004: sizes of a placeholder through arange, reshape and tile."""
    feats = K.placeholder((None, None, None, 2))
    grid = K.shape(feats)[1:3]
    rows = K.tile(K.reshape(K.arange(0, stop=grid[0]), [-1, 1, 1, 1]), [1, grid[1], 1, 1])
    cols = K.tile(K.reshape(K.arange(0, stop=grid[1]), [1, -1, 1, 1]), [grid[0], 1, 1, 1])
    both = K.cast(K.concatenate([cols, rows]), K.dtype(feats))
    got = K.function([feats], [rows, cols, both])([np.zeros((1, 3, 4, 2))])
    assert [x.shape for x in got] == [(3, 4, 1, 1), (3, 4, 1, 1), (3, 4, 1, 2)]
    assert [x.dtype.name for x in got] == ["int32", "int32", "float32"]
    assert all((got[2][y, x, 0] == (x, y)).all() for y in range(3) for x in range(4))


@program("gather", CASES)
def rows_that_occur_twice_add_their_gradients(K):
    table = K.variable(np.arange(8.0).reshape(4, 2))
    loss = K.sum(
        K.gather(table, K.constant([1, 1, 3], dtype="int32")) * K.constant([[1.0], [2], [4]])
    )
    g = K.eval(K.gradients(loss, [table])[0])
    np.testing.assert_allclose(g, [[0, 0], [3, 3], [0, 0], [4, 4]])
