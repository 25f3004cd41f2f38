"""Products of matrices and tensors."""

import numpy as np
from kswitch.conformance import oracle
from kswitch.conformance.arrays import floats, ints
from kswitch.conformance.case import Case, Raises, program

CASES = [
    Case("dot", (floats(2, 3), floats(3, 4, seed=1)), oracle.dot, static=(None, 4), grad=2),
    Case("dot", (floats(2, 5, 3), floats(3, 4, seed=1)), oracle.dot, id="rank3-rank2", grad=2,
         static=(None, 5, 4)),
    Case("dot", (floats(2, 3), floats(4, 3, 5, seed=1)), oracle.dot, id="rank2-rank3", grad=2,
         static=(None, 4, 5)),
    Case("dot", (floats(2, 2, 3), floats(4, 3, 2, seed=1)), oracle.dot, id="rank3-rank3"),
    Case("dot", (floats(2, 1, 2, 3), floats(2, 3, 2, seed=1)), oracle.dot, id="rank4-rank3"),
    Case("dot", (floats(2, 3), floats(3, seed=1)), oracle.dot, id="vector"),
    Case("dot", (floats(2, 2, 3), floats(3, seed=1)), oracle.dot, id="rank3-vector"),
    Case("dot", (floats(3), floats(3, 4, seed=1)), oracle.dot, id="vector-first", batch=()),
    Case("dot", (floats(3), floats(3, seed=1)), oracle.dot, id="vectors", batch=()),
    Case("dot", (floats(1, 1), floats(1, 4, seed=1)), oracle.dot, id="ones"),
    Case("dot", (np.zeros((0, 3), "float32"), floats(3, 4)), oracle.dot, id="no-rows"),
    Case("dot", (np.zeros((2, 0), "float32"), np.zeros((0, 4), "float32")), oracle.dot,
         id="no-columns", batch=()),
    Case("dot", (ints(2, 3, high=5), ints(3, 4, high=5, seed=1)), oracle.dot, id="ints",
         dtype="int32"),
    Case("dot", (floats(2, 3, dtype="float64"), floats(3, 4, seed=1)), oracle.dot, id="wide",
         native=False, dtype="float64"),
    Case("dot", (floats(2, 3, dtype="float16"), floats(3, 4, seed=1, dtype="float16")), oracle.dot,
         id="float16", tolerance=1e-2, grad=False),
    Case("dot", (floats(2, 3), floats(2, 4, seed=1)),
         lambda x, y: oracle.dot(x.T, y), id="transposed", batch=(0, 1), grad=2,
         build=lambda K, x, y: K.dot(K.transpose(x), y)),
    Raises("dot", (floats(2, 3), floats(2, 3)), ValueError, r"dot\(\): the shapes .* do not match"),
    Raises("dot", (np.array(2, "float32"), floats(2, 3)), ValueError, r"both tensors need an axis",
           id="scalar"),
]  # fmt: skip

# batch_dot: the shapes of x and y, and the axes

FORMS = {
    "axes1": ((2, 3), (2, 3), 1),
    "default-2-2": ((2, 3), (2, 3), None),
    "default-3-3": ((2, 4, 3), (2, 3, 5), None),
    "default-3-2": ((2, 4, 3), (2, 3), None),
    "default-2-3": ((2, 3), (2, 3, 5), None),
    "default-4-4": ((2, 4, 2, 3), (2, 5, 3, 2), None),
    "int2": ((2, 4, 3), (2, 5, 3), 2),
    "int1": ((2, 3, 4), (2, 3, 5), 1),
    "negative": ((2, 4, 3), (2, 5, 3), -1),
    "pair-1-2": ((2, 3), (2, 4, 3), (1, 2)),
    "pair-1-1": ((2, 3, 4), (2, 3, 5), (1, 1)),
    "pair-2-1": ((2, 4, 3), (2, 3, 5), [2, 1]),
    "pair-1-2-rank3": ((2, 3, 4), (2, 5, 3), (1, 2)),
    "pair-2-2": ((2, 4, 3), (2, 5, 3), (2, 2)),
    "pair-negative": ((2, 4, 3), (2, 3, 5), (-1, -2)),
    "rank4": ((2, 2, 4, 3), (2, 2, 5, 3), (3, 3)),
    "rank4-2-3": ((2, 2, 3, 4), (2, 2, 5, 3), [2, 3]),
    "rank4-1-1": ((2, 3, 2, 4), (2, 3, 5), 1),
    "rank3-rank4": ((2, 3, 4), (2, 5, 3, 2), (1, 2)),
    "rank2-rank4": ((2, 3), (2, 4, 3, 2), (1, 2)),
    "rank6": ((1, 2, 1, 1, 2, 3), (1, 2, 1, 1, 2, 3), [5, 5]),
}
CASES += [
    Case("batch_dot", (floats(*x), floats(*y, seed=1), axes), oracle.batch_dot, id=name,
         batch=(0, 1),
         grad=2 if name in ("axes1", "default-3-3", "rank4") else True)
    for name, (x, y, axes) in FORMS.items()
]  # fmt: skip
X, Y = floats(2, 4, 3), floats(2, 3, 5, seed=1)
CASES += [
    Case("batch_dot", (X, Y), oracle.batch_dot, {"axes": (2, 1)}, id="keyword", batch=(0, 1),
         static=(None, 4, 5)),
    Case("batch_dot", (np.array([[1, 2], [3, 4]], "float32"), np.array([[5, 6], [7, 8]],
         "float32")),
         [[17.0], [53.0]], {"axes": 1}, id="documented", batch=(0, 1)),
    Raises("batch_dot", (floats(3), floats(2, 3)), ValueError, "both tensors need rank 2",
           id="rank", native=True),
    Raises("batch_dot", (floats(2, 3), floats(4, 3)), ValueError, "the batch sizes differ",
           id="batch", native=True),
    Raises("batch_dot", (X, Y, 0), ValueError, "cannot sum over axis 0", id="axis0", native=True),
    Raises("batch_dot", (X, Y, (2, 0)), ValueError, "cannot sum over axis 0", id="second-axis0",
           native=True),
    Raises("batch_dot", (X, Y, (2, 2)), ValueError, "differ in size", id="sizes", native=True),
    Raises("batch_dot", (X, Y, (3, 1)), ValueError, "are out of range", id="axis", native=True),
    Raises("batch_dot", (X, Y, ([1, 2], [1, 2])), ValueError, "Several target dimensions",
           id="nested", native=True),
    Raises("batch_dot", (X, Y, (1, 2, 1)), ValueError, "axes must be None, an int, or two ints",
           id="three-axes", native=True),
]  # fmt: skip


@program("batch_dot", CASES)
def shape_rule_of_the_documents(K):
    x, y = K.ones((32, 20, 1)), K.ones((32, 30, 20))
    assert K.int_shape(K.batch_dot(x, y, axes=[1, 2])) == (32, 1, 30)
    x, y = K.placeholder((100, 20)), K.placeholder((100, 30, 20))
    assert K.int_shape(K.batch_dot(x, y, axes=(1, 2))) == (100, 30)


@program("dot", CASES)
def shapes_of_the_documents(K):
    def shape(x, y):
        return K.int_shape(K.dot(K.placeholder(shape=x), K.placeholder(shape=y)))

    assert shape((2, 3), (3, 4)) == (2, 4)
    assert shape((32, 28, 3), (3, 4)) == (32, 28, 4)
    assert shape((2, 3), (4, 3, 5)) == (2, 4, 5)


@program("dot", CASES)
def weights_may_be_numpy_arrays(K):
    x = K.variable(np.ones((2, 3)))
    np.testing.assert_allclose(K.eval(K.dot(x, np.ones((3, 4), "float32"))), np.full((2, 4), 3.0))
