"""Strategies that every family uses: sizes, shapes, dtypes, axes and arrays of few exact numbers.

Floats are multiples of 1/8, so that sums and small products are exact in every dtype and ties are
common; what differs between two engines is then seldom rounding.
"""

import importlib.util

import numpy as np
from hypothesis import strategies as st
from kswitch.conformance.case import Case

from kswitch.graph.record import numpy_dtype

# NumPy has bfloat16 only where ml_dtypes is installed, as it is with TensorFlow and JAX.
BFLOAT16 = ("bfloat16",) if importlib.util.find_spec("ml_dtypes") else ()
FLOATS = ("float32", "float64", "float16", *BFLOAT16)
INTS = ("int32", "int64", "int8", "uint8", "int16")
NUMBERS = (*FLOATS, *INTS)
ALL = (*NUMBERS, "bool")
NAN, INF = float("nan"), float("inf")
SPECIAL = (NAN, INF, -INF, -0.0)

CALLS = {}  # name of a function of K, or of an operator -> strategy of a Case


def calls_of(*names):
    """Registers function(draw, name), which draws a Case, for each of these functions of K."""

    def register(function):
        for name in names:
            CALLS[name] = st.composite(function)(name)
        return function

    return register


def floating(dtype):
    return dtype in FLOATS


def sizes(least=0):
    """The size of an axis; it shrinks towards 2, and 0 and 4 are rarer."""
    return st.sampled_from([n for n in (2, 3, 1, 2, 3, 4, 0) if n >= least])


def shapes(low=0, high=4, least=0):
    """Shapes of rank low to high."""
    return st.lists(sizes(least), min_size=low, max_size=high).map(tuple)


def dtypes(names=FLOATS):
    return st.sampled_from(names)


def axis(rank):
    """One axis, counted from either end; now and then one that there is not."""
    return st.sampled_from(
        [*range(-rank, rank), *([rank, -rank - 1] if rank > 2 or not rank else [])]
    )


def valid_axis(rank):
    return st.integers(-rank, rank - 1)


@st.composite
def axes(draw, rank):
    """The axis of a reduction: None, one, a list or a tuple of several."""
    form = draw(st.sampled_from(["none", "one", "list", "tuple"]))
    if form == "none" or not rank:
        return None
    if form == "one":
        return draw(axis(rank))
    several = draw(st.lists(st.integers(0, rank - 1), max_size=rank, unique=True))
    several = [a - rank if draw(st.booleans()) else a for a in several]
    return several if form == "list" else tuple(several)


@st.composite
def arrays(draw, shape, dtype="float32", low=-3.0, high=3.0, special=()):
    """An array of multiples of 1/8, or of integers, between low and high; some of `special` in
    between.
    """
    rng = np.random.RandomState(draw(st.integers(0, 255)))
    if dtype == "bool":
        return np.array(rng.randint(0, 2, shape), bool)
    step = 8 if floating(dtype) else 1
    low = max(low, 0) if dtype.startswith("uint") else low
    values = np.arange(np.ceil(low * step), np.floor(high * step) + 1) / step
    if draw(st.booleans()):
        values = rng.choice(values, 3)  # many ties
    result = np.array(rng.choice(values, shape), numpy_dtype(dtype))
    if special and floating(dtype) and result.size and draw(st.booleans()):
        for _ in range(draw(st.integers(1, 3))):
            result.flat[rng.randint(result.size)] = draw(st.sampled_from(special))
    return result


@st.composite
def tensors(draw, names=FLOATS, ranks=(0, 4), least=0, **options):
    """An array of any shape of those ranks and any of those dtypes."""
    return draw(arrays(draw(shapes(*ranks, least)), draw(dtypes(names)), **options))


def broadcasting(shape):
    """Shapes that broadcast with a shape, the same one most often; now and then one
    that may not.
    """

    @st.composite
    def strategy(draw):
        form = draw(st.sampled_from(["same", "ones", "fewer", "more", "any"]))
        if form == "same":
            return shape
        if form == "any":
            return draw(shapes(0, 3))
        result = [1 if draw(st.booleans()) else n for n in shape]
        if form == "fewer":
            return tuple(result[draw(st.integers(0, len(shape))) :])
        if form == "more" and len(shape) < 4:
            result.insert(0, draw(sizes()))
        return tuple(result)

    return strategy()


def alike(*given):
    """Whether the arrays among these are floats of one dtype, so that engines promote
    them alike.
    """
    names = {a.dtype.name for a in given if isinstance(a, np.ndarray)}
    return len(names) == 1 and floating(*names)


def case(op, *args, native=None, batch=None, build=None, id="", **kwargs):
    """A Case without a result. Tensors at the positions `batch` may have unknown sizes: all, if
    None.
    """
    given = [*args, *kwargs.values()]
    count = sum(isinstance(a, np.ndarray) for a in given)
    count += sum(
        len(a) for a in given if isinstance(a, list) and a and isinstance(a[0], np.ndarray)
    )
    if native is None:
        native = alike(*given)
    batch = range(count) if batch is None else batch
    return Case(op, args, None, kwargs, id=id, native=native, batch=tuple(batch), build=build)
