"""Variables, placeholders, constants and ranges."""

import numpy as np
from kswitch.conformance.arrays import floats
from kswitch.conformance.case import Case, Raises, program

FLOATX = ("float16", "float32", "float64")


def made(op, args, want, kwargs=None, id="", dtype="float32"):
    """A case without tensors among its arguments."""
    return Case(op, args, want, kwargs or {}, id=id, dtype=dtype)


CASES = [
    made("zeros", ((3, 4),), np.zeros((3, 4))),
    made("zeros", ([2, 3],), np.zeros((2, 3)), id="list"),
    made("zeros", (3,), np.zeros(3), id="int"),
    made("zeros", ((),), 0.0, id="scalar"),
    made("zeros", ((0, 3),), np.zeros((0, 3)), id="empty"),
    made("zeros", ((2, 3), "int32"), np.zeros((2, 3)), id="int32", dtype="int32"),
    made("zeros", ((2, 3),), np.zeros((2, 3)), {"name": "z"}, id="name"),
    made("ones", ((3, 4),), np.ones((3, 4))),
    made("ones", ([1],), np.ones(1), id="list"),
    made("ones", ((2, 3), "bool"), np.ones((2, 3)), id="bool", dtype="bool"),
    made("ones", ((2, 3),), np.ones((2, 3)), {"dtype": "float64", "name": "o"}, id="float64",
         dtype="float64"),
    *(
        Case(op, (), np.zeros((2, 3)) if op == "zeros" else np.ones((2, 3)), id=f"sizes-{dtype}",
             build=lambda K, op=op, dtype=dtype: getattr(K, op)(
                 (K.shape(K.variable([1.0, 2.0]))[0], 3), dtype),
             dtype=dtype)
        for op in ("zeros", "ones")
        for dtype in ("int32", "float64")
    ),
    Case("ones", (floats(2, 3),), lambda x: np.full(x.shape, 2.0), id="beside-zeros", grad=False,
         build=lambda K, x: K.ones(K.shape(x)) * 2.0 + K.zeros(K.shape(x)), native=False),
    Case("arange", (floats(3, 2),), lambda x: np.arange(len(x)) * 10 + np.arange(1, 1 + len(x)),
         id="two", grad=False, native=False, dtype="int32",
         build=lambda K, x: K.arange(K.shape(x)[0]) * 10 + K.arange(1, 1 + K.shape(x)[0])),
    made("eye", (3,), np.eye(3)),
    made("eye", ((2, 4),), np.eye(2, 4), id="pair"),
    made("eye", (3, "int64"), np.eye(3), {"name": "e"}, id="int64", dtype="int64"),
    Case("zeros", (floats(2, 3),), lambda x: np.zeros((len(x), 4)), id="own-size", grad=False,
         build=lambda K, x: K.zeros((K.shape(x)[0], 4)), static=(None, 4), native=False),
    Case("ones", (floats(2, 3),), lambda x: np.ones(x.shape[::-1]), id="shape-tensor", grad=False,
         build=lambda K, x: K.ones(K.stack([K.shape(x)[1], K.shape(x)[0]])), static=(3, None),
         native=False),
    Case("ones", (floats(2, 3),), lambda x: np.ones(x.shape), id="whole-shape", grad=False,
         build=lambda K, x: K.ones(K.shape(x)), static=(None, 3), native=False),
    Case("zeros_like", (floats(2, 3),), lambda x: np.zeros(x.shape), static=(None, 3), grad=False),
    Case("ones_like", (floats(2, 3),), lambda x: np.ones(x.shape), static=(None, 3), grad=False),
    *(
        Case(op, (floats(2, 3).astype(old),), lambda x, n=number: np.full(x.shape, float(n)),
             id=f"{old}-to-floatx", dtype="float32", grad=False)
        for op, number in (("zeros_like", 0), ("ones_like", 1))
        for old in ("int32", "bool", "float16")
    ),
    *(
        Case(op, (floats(2, 3), "int32", "name"),
             lambda x, dtype, name, n=number: np.full(x.shape, n), id="dtype", dtype="int32",
             grad=False)
        for op, number in (("zeros_like", 0), ("ones_like", 1))
    ),
    made("constant", (2.5,), 2.5, id="number"),
    made("constant", (2,), 2.0, id="int"),
    made("constant", ([[1, 2], [3, 4]],), [[1.0, 2], [3, 4]], id="list"),
    made("constant", (np.float64(1.5),), 1.5, id="numpy-number"),
    made("constant", (3, "int32", (2, 3)), np.full((2, 3), 3), id="filled", dtype="int32"),
    made("constant", ([1, 2, 3, 4],), [[1.0, 2], [3, 4]], {"shape": (2, 2)}, id="reshaped"),
    made("constant", (True, "bool"), True, id="bool", dtype="bool"),
    made("constant", ([1, 2], "int64"), [1, 2], {"name": "c"}, id="int64", dtype="int64"),
    made("arange", (5,), np.arange(5), dtype="int32"),
    made("arange", (1, 5), np.arange(1, 5), id="start", dtype="int32"),
    made("arange", (1, 8, 3), np.arange(1, 8, 3), id="step", dtype="int32"),
    made("arange", (5, 1, -2), np.arange(5, 1, -2), id="backwards", dtype="int32"),
    made("arange", (-3,), np.zeros(0), id="negative", dtype="int32"),
    made("arange", (4, 2), np.zeros(0), id="empty", dtype="int32"),
    made("arange", (3,), np.arange(3.0), {"dtype": "float32"}, id="float32"),
    made("arange", (0.5, 2.0, 0.5, "float32"), np.arange(0.5, 2, 0.5), id="fractions"),
    made("arange", (0, 10, 2, "int64"), np.arange(0, 10, 2), id="int64", dtype="int64"),
    made("arange", (0,), np.arange(4), {"stop": 4}, id="stop-keyword", dtype="int32"),
    Case("arange", (np.array(2, "int32"),), lambda n: np.arange(n, 5), id="start-tensor", wide=True,
         build=lambda K, n: K.arange(n, 5), native=False, batch=()),
    Case("arange", (np.array(4, "int32"),), lambda n: np.arange(n), id="stop-tensor", wide=True,
         build=lambda K, n: K.arange(n), native=False, batch=()),
    Case("arange", (floats(3, 2),), lambda x: np.arange(len(x)), id="own-size", grad=False,
         build=lambda K, x: K.arange(K.shape(x)[0]), dtype="int32", static=(None,), native=False),
    Case("arange", (floats(3, 2),), lambda x: np.arange(1.0, 1 + len(x)), id="own-size-float",
         build=lambda K, x: K.cast(K.arange(1, 1 + K.shape(x)[0]), "float32"), grad=False,
         native=False),
    Raises("variable", ([1.0], "unsupported"), TypeError, "dtype must be one of", id="dtype"),
    Raises("placeholder", (), ValueError, "Specify either a shape or ndim value"),
]  # fmt: skip


# Variables

for dtype in (*FLOATX, "int8", "int16", "int32", "int64", "uint8", "bool"):
    CASES.append(made("variable", ([[1, 0], [3, 4]], dtype),
                      np.array([[1, 0], [3, 4]]).astype(dtype),
                      id=dtype, dtype=dtype))  # fmt: skip
CASES += [
    made("variable", (1,), 1.0, id="number"),
    made("variable", ([1, 2, 3],), [1.0, 2, 3], id="list"),
    made("variable", (np.arange(3),), np.arange(3.0), id="ints-are-floatx"),
    made("variable", (np.arange(3.0),), np.arange(3.0), id="float64-is-floatx"),
    made("variable", (0, int), 0, id="python-type", dtype="int64"),
    made("variable", (np.float32(2), np.float16), 2.0, id="numpy-type", dtype="float16"),
    made("variable", (np.zeros((0, 2)),), np.zeros((0, 2)), id="empty"),
]
CASES = [
    case if case.op != "variable" or not isinstance(case, Case) else
    Case("variable", (), case.want, id=case.id, dtype=case.dtype,
         build=lambda K, args=case.args: K.variable(*args))
    for case in CASES
]  # fmt: skip


@program("variable", CASES)
def the_array_is_copied(K):
    array = np.ones((2, 3), "float32")
    x = K.variable(array)
    array[0] = 5
    assert (K.get_value(x) == 1).all()
    K.set_value(x, np.full((2, 3), 2.0))
    assert (array[1] == 1).all()


@program("variable", CASES)
def of_a_tensor(K):
    x = K.variable(K.random_uniform((2, 3), seed=1))
    assert K.is_variable(x)
    assert K.int_shape(x) == (2, 3)
    assert (K.get_value(x) == K.get_value(x)).all()


@program("variable", CASES)
def keeps_name_and_constraint(K):
    x = K.variable(1.0, name="weights", constraint=abs)
    assert "weights" in x.name
    assert x.constraint is abs


@program("variable", CASES)
def dtype_follows_floatx(K):
    for floatx in FLOATX:
        K.set_floatx(floatx)
        assert K.dtype(K.variable([10])) == floatx
        assert K.eval(K.variable([10]) * 2).dtype == floatx
        assert K.dtype(K.placeholder((2,))) == floatx
        assert K.dtype(K.zeros((2,))) == K.dtype(K.constant(1)) == floatx


@program("variable", CASES)
def scalar_has_the_shape_of_a_scalar(K):
    assert K.int_shape(K.variable(1)) == ()
    assert K.eval(K.variable(1)) == 1


@program("zeros", CASES)
def is_a_variable(K):
    x = K.zeros((2, 3))
    assert K.is_variable(x)
    K.set_value(x, np.ones((2, 3)))
    assert (K.get_value(x) == 1).all()


for op, size in (("zeros", (2, 3)), ("ones", (2, 3)), ("eye", 3)):

    @program(op, CASES)
    def takes_a_name(K, op=op, size=size):
        assert "weights" in getattr(K, op)(size, name="weights").name


@program("constant", CASES)
def takes_a_name_too(K):
    assert "pi" in K.constant(3.14, name="pi").name


@program("placeholder", CASES)
def may_be_sparse(K):
    assert K.is_sparse(K.placeholder((2, 3), sparse=True)) is True
    assert K.is_sparse(K.placeholder((2, 3))) is False


@program("ones", CASES)
def is_a_variable_too(K):
    assert K.is_variable(K.ones((2, 3)))
    assert K.is_variable(K.eye(2))


# Placeholders


@program("placeholder", CASES)
def shapes(K):
    assert K.int_shape(K.placeholder((2, 4, 5))) == (2, 4, 5)
    assert K.int_shape(K.placeholder(shape=(None, 4, 5))) == (None, 4, 5)
    assert K.int_shape(K.placeholder(ndim=3)) == (None, None, None)
    assert K.int_shape(K.placeholder(shape=(2, 3), ndim=3)) == (2, 3)
    assert K.int_shape(K.placeholder(shape=[None, 3])) == (None, 3)
    assert K.int_shape(K.placeholder(shape=())) == ()


@program("placeholder", CASES)
def dtype_and_name(K):
    assert K.dtype(K.placeholder((2,))) == "float32"
    x = K.placeholder((2,), dtype="int64", name="labels")
    assert K.dtype(x) == "int64"
    assert "labels" in x.name


@program("placeholder", CASES)
def values_are_cast_to_its_dtype(K):
    x = K.placeholder((None,), dtype="int32")
    assert K.function([x], [x + 1])([[1, 2]])[0].tolist() == [2, 3]
    y = K.placeholder((None,))
    got = K.function([y], [y])([np.array([1, 2], "int64")])[0]
    assert got.dtype == "float32"


@program("placeholder", CASES)
def another_rank_is_refused(K):
    x = K.placeholder((None, 3))
    function = K.function([x], [x * 2])
    for shape in ((3,), (2, 4), (2, 3, 1)):
        try:
            function([np.zeros(shape)])
        except Exception:
            continue
        raise AssertionError(f"a value of shape {shape} was accepted")


@program("constant", CASES)
def the_array_is_copied_too(K):
    array = np.ones(3, "float32")
    x = K.constant(array) * 2
    array[:] = 5
    assert (K.eval(x) == 2).all()
