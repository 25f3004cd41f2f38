"""Drawn calls that move, join, cut, pad and repeat; products; tensors from nothing; updates."""

import numpy as np
from drawn.calls import (
    ALL,
    FLOATS,
    NUMBERS,
    SPECIAL,
    arrays,
    axis,
    calls_of,
    case,
    dtypes,
    shapes,
    sizes,
    tensors,
    valid_axis,
)
from hypothesis import strategies as st

# Shapes


@calls_of("reshape")
def reshape(draw, op):
    x = draw(tensors(ALL))
    flat = draw(
        st.permutations([n for size in x.shape for n in ((2, 2) if size == 4 else (size,))])
    )
    cuts = draw(st.lists(st.integers(0, len(flat)), max_size=3).map(sorted))
    shape = [int(np.prod(flat[a:b], dtype=int)) for a, b in zip([0, *cuts], [*cuts, len(flat)])]
    if draw(st.booleans()):
        shape[draw(st.integers(0, len(shape) - 1))] = -1
    if draw(st.integers(0, 9)) == 9:
        shape[-1] += 1
    return case(op, x, draw(st.sampled_from([list, tuple]))(shape), native=True)


@calls_of("permute_dimensions")
def permute_dimensions(draw, op):
    x = draw(tensors(ALL))
    pattern = draw(st.permutations(range(x.ndim)))
    pattern = [i - x.ndim if draw(st.booleans()) else i for i in pattern]
    return case(op, x, pattern, native=True)


@calls_of("transpose", "flatten", "batch_flatten")
def as_a_whole(draw, op):
    return case(op, draw(tensors(ALL, (op == "batch_flatten", 4))), native=True)


@calls_of("expand_dims")
def expand_dims(draw, op):
    x = draw(tensors(ALL))
    options = {"axis": draw(axis(x.ndim + 1))} if draw(st.booleans()) else {}
    return case(op, x, native=True, **options)


@calls_of("squeeze")
def squeeze(draw, op):
    shape = list(draw(shapes(0, 3)))
    at = draw(st.integers(0, len(shape)))
    shape.insert(at, draw(st.sampled_from([1, 1, 1, 2])))
    at = at - len(shape) if draw(st.booleans()) else at
    return case(op, draw(arrays(tuple(shape), draw(dtypes(ALL)))), at, native=True)


@calls_of("pattern_broadcast")
def pattern_broadcast(draw, op):
    x = draw(tensors())
    pattern = [n == 1 and draw(st.booleans()) for n in x.shape]
    return case(op, x, pattern, batch=())


@calls_of("concatenate")
def concatenate(draw, op):
    shape = draw(shapes(1, 4))
    at = draw(valid_axis(len(shape)))
    names = [draw(dtypes(NUMBERS))] * 3
    if draw(st.booleans()):
        names = [draw(dtypes(ALL)) for _ in names]
    parts = []
    for name in names[: draw(st.integers(1, 3))]:
        part = list(shape)
        part[at] = draw(sizes())
        if draw(st.integers(0, 19)) == 19:
            part[0] += 1
        parts.append(draw(arrays(tuple(part), name)))
    options = {"axis": at} if at != -1 else {}
    return case(op, parts, native=len(set(names)) == 1, **options)


@calls_of("stack")
def stack(draw, op):
    shape = draw(shapes(0, 3))
    names = [draw(dtypes(NUMBERS))] * 3
    if draw(st.booleans()):
        names = [draw(dtypes(ALL)) for _ in names]
    parts = [draw(arrays(shape, name)) for name in names[: draw(st.integers(1, 3))]]
    options = {"axis": draw(axis(len(shape) + 1))} if draw(st.booleans()) else {}
    return case(op, parts, native=len(set(names)) == 1, **options)


@calls_of("slice")
def cut(draw, op):
    x = draw(tensors(ALL))
    start = [draw(st.integers(0, n)) for n in x.shape]
    size = [draw(st.integers(-1 if n > a else 0, n - a)) for n, a in zip(x.shape, start)]
    return case(op, x, start, size, native=True)


@calls_of("x[...]")
def getitem(draw, op):
    x = draw(tensors(ALL))
    key = []
    for n in x.shape[: draw(st.integers(0, x.ndim))]:
        form = draw(st.sampled_from(["slice", "int", "ends"]))
        if form == "int" and n:
            key.append(draw(st.integers(-n, n - 1)))
        else:
            ends = st.none() | st.integers(-n - 1, n + 1)
            step = draw(st.sampled_from([None, 1, 2, -1, -2]))
            key.append(slice(draw(ends), draw(ends), step))
    if draw(st.booleans()):
        key.insert(draw(st.integers(0, len(key))), None)
    if draw(st.booleans()):
        key.append(Ellipsis)
    key = tuple(key)
    return case(op, x, build=lambda K, x: x[key], native=False, id=str(key))


@calls_of("reverse")
def reverse(draw, op):
    x = draw(tensors(ALL, (1, 4)))
    at = draw(axis(x.ndim) | st.lists(st.integers(0, x.ndim - 1), unique=True))
    return case(op, x, at, native=True)


@calls_of("gather")
def gather(draw, op):
    reference = draw(tensors(ALL, (1, 4), least=1))
    shape = draw(shapes(0, 3))
    indices = arrays(shape, draw(dtypes(("int32", "int64", "uint8"))), 0, reference.shape[0] - 1)
    return case(op, reference, draw(indices), native=True)


@calls_of("temporal_padding", "spatial_2d_padding", "spatial_3d_padding")
def padding(draw, op):
    rank = {"temporal_padding": 1, "spatial_2d_padding": 2, "spatial_3d_padding": 3}[op]
    x = draw(tensors(NUMBERS, (rank + 2, rank + 2)))
    options = {}
    if draw(st.booleans()):
        pairs = [(draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(rank)]
        options["padding"] = pairs[0] if rank == 1 else tuple(pairs)
        if draw(st.integers(0, 4)) == 4:
            options["padding"] = 2
    if rank > 1 and draw(st.booleans()):
        options["data_format"] = draw(st.sampled_from(["channels_first", "channels_last", None]))
    return case(op, x, native=True, **options)


@calls_of("repeat_elements")
def repeat_elements(draw, op):
    x = draw(tensors(NUMBERS, (1, 4)))
    return case(op, x, draw(st.integers(0, 3)), draw(axis(x.ndim)), native=True)


@calls_of("repeat")
def repeat(draw, op):
    return case(op, draw(tensors(NUMBERS, (2, 2))), draw(st.integers(0, 3)), native=True)


@calls_of("tile")
def tile(draw, op):
    x = draw(tensors(ALL, (1, 4)))
    counts = draw(st.lists(st.integers(0, 3), min_size=1, max_size=x.ndim))
    n = draw(st.sampled_from([counts, tuple(counts), counts[0]]))
    return case(op, x, n, native=True)


@calls_of("one_hot")
def one_hot(draw, op):
    classes = draw(st.integers(0, 4))
    indices = draw(tensors(("int32", "int64", "uint8", "int8"), (0, 3)))
    return case(op, indices, classes, native=True)


@calls_of("resize_images", "resize_volumes")
def resize(draw, op):
    rank = 2 if op == "resize_images" else 3
    x = draw(tensors(ranks=(rank + 2, rank + 2)))
    factors = [draw(st.integers(1, 3)) for _ in range(rank)]
    form = draw(st.sampled_from(["channels_last", "channels_first", None]))
    options = {}
    if rank == 2 and draw(st.booleans()):
        options["interpolation"] = draw(st.sampled_from(["nearest", "bilinear"]))
    return case(op, x, *factors, form, **options)


# Products


@calls_of("dot")
def dot(draw, op):
    k = draw(sizes())
    x = (*draw(shapes(0, 3)), k)
    y = (k,) if draw(st.booleans()) else (*draw(shapes(0, 2)), k, draw(sizes()))
    if draw(st.integers(0, 9)) == 9:
        x = (*x[:-1], k + 1)
    name = draw(dtypes(NUMBERS))
    other = name if draw(st.booleans()) else draw(dtypes(NUMBERS))
    return case(op, draw(arrays(x, name)), draw(arrays(y, other)))


@calls_of("batch_dot")
def batch_dot(draw, op):
    batch, k = draw(sizes()), draw(sizes())
    x, y = list(draw(shapes(0, 2))), list(draw(shapes(0, 2)))
    form = draw(st.sampled_from(["pair", "int", "none"]))
    if form == "none":
        x.append(k)
        y.insert(max(len(y) - 1, 0), k)
        axes = None
    elif form == "int":
        at = draw(st.integers(0, min(len(x), len(y))))
        x.insert(at, k)
        y.insert(at, k)
        axes = at + 1
    else:
        a, b = draw(st.integers(0, len(x))), draw(st.integers(0, len(y)))
        x.insert(a, k)
        y.insert(b, k)
        a, b = a + 1, b + 1
        if draw(st.booleans()):
            a, b = a - len(x) - 1, b - len(y) - 1
        axes = draw(st.sampled_from([list, tuple]))((a, b))
    if draw(st.integers(0, 9)) == 9:
        batch += 1
    name = draw(dtypes())
    options = {} if axes is None else {"axes": axes}
    first = draw(arrays((batch, *x), name))
    return case(op, first, draw(arrays((batch, *y), name)), **options)


# Tensors from nothing


@calls_of("constant", "variable")
def constants(draw, op):
    x = draw(tensors(ALL, special=SPECIAL))
    dtype = draw(st.none() | dtypes(ALL if x.dtype.kind in "iub" else FLOATS))
    if dtype == "uint8":
        x = np.abs(x) if x.dtype.kind != "b" else x
    value = x.tolist() if x.dtype.name not in ("bfloat16",) and draw(st.booleans()) else x
    return case(op, build=lambda K: getattr(K, op)(value, dtype), id=f"{value!r} {dtype}")


@calls_of("zeros", "ones")
def filled(draw, op):
    shape = draw(shapes())
    dtype = draw(st.none() | dtypes(ALL))
    return case(op, shape, *(() if dtype is None else (dtype,)))


@calls_of("eye")
def eye(draw, op):
    size = draw(st.integers(0, 4) | st.tuples(st.integers(0, 4), st.integers(0, 4)))
    dtype = draw(st.none() | dtypes(ALL))
    return case(op, size, dtype)


@calls_of("arange")
def arange(draw, op):
    dtype = draw(st.sampled_from(["int32", "int64", "float32", "float64", "float16"]))
    if draw(st.booleans()):
        return case(op, draw(st.integers(-2, 6)), dtype=dtype)
    number = st.integers(-4, 6)
    if dtype.startswith("float"):
        number = number.map(lambda n: n / 2) | number
    step = draw(number.filter(bool))
    return case(op, draw(number), draw(number), step, dtype)


# Updates


@calls_of("update", "update_add", "update_sub", "moving_average_update")
def updates(draw, op):
    x, other = (draw(tensors()) for _ in "ab")
    if draw(st.integers(0, 9)) < 9:
        other = draw(arrays(x.shape, draw(dtypes())))
    momentum = (0.75,) if op == "moving_average_update" else ()

    def build(K, new):
        return getattr(K, op)(K.variable(x, x.dtype.name), new, *momentum)

    return case(op, other, build=build, native=False, id=f"{x!r}")
