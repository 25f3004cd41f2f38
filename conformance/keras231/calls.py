"""Calls of single functions of K: arithmetic, reductions, shapes, products, activations, losses."""

import numpy as np
from kswitch.conformance.arrays import bools, floats, ints, positive, shares
from kswitch.conformance.case import Case

CALLS = []


def call(op, id, *args, **kwargs):
    """Adds K.op(*args, **kwargs); `batch` says which tensors can have an unknown batch size."""
    batch = kwargs.pop("batch", (0,))
    CALLS.append(Case(op, args, None, kwargs, id=id, batch=batch, grad=False))


def array(*values, **options):
    return np.array(values, options.get("dtype", "float32"))


# Elements

X = floats(2, 3)
EDGES = array(-np.inf, -100, -1, -0.5, -1e-6, 0, 1e-6, 0.5, 1, 100, np.inf, np.nan)
INTS = ints(2, 3, low=-4, high=5)

for op in ("square", "abs", "exp", "log", "round", "sign", "sqrt", "sin", "cos"):
    call(op, "float", positive(2, 3) if op in ("log", "sqrt") else X)
    if op not in ("sin", "cos"):
        call(op, "edges", EDGES)
    call(op, "float64", positive(2, 3, dtype="float64"))
for op in ("square", "abs", "sign"):
    call(op, "int", INTS)
call("round", "halves", array(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5))
call("round", "int", INTS)
call("sqrt", "negative", floats(2, 3))
for name, a in (("two", 2), ("half", 0.5), ("negative", -1), ("zero", 0)):
    call("pow", name, positive(2, 3), a)
call("pow", "tensor", positive(2, 3), floats(2, 3, seed=1), batch=(0, 1))
call("pow", "row", positive(2, 3), floats(3, seed=1))
call("pow", "int", INTS, 3)
call("clip", "numbers", X, -0.5, 1.0)
call("clip", "ints", X, -1, 1)
call("clip", "crossed", X, 1.0, -1.0)
call("clip", "no-minimum", X, None, 0.5)
call("clip", "no-maximum", X, 0.5, None)
call("clip", "tensors", X, floats(2, 3, seed=1) - 1, floats(2, 3, seed=1) + 0.5, batch=(0, 1, 2))
call("clip", "crossed-tensors", X, floats(3) * 0 + 1, floats(3) * 0 - 1)
call("clip", "edges", EDGES, -1.0, 1.0)
COMPARISONS = ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")
for op in COMPARISONS:
    call(op, "ints", ints(3, 4, high=3), ints(3, 4, high=3, seed=1), batch=(0, 1))
    call(op, "number", ints(3, 4, high=3), 1)
    call(op, "row", ints(3, 4, high=3).astype("float32"), array(0, 1, 2, 1))
    call(op, "edges", EDGES, EDGES[::-1].copy(), batch=(0, 1))
for op in ("maximum", "minimum"):
    call(op, "tensors", X, floats(2, 3, seed=1), batch=(0, 1))
    call(op, "number", X, 0.25)
    call(op, "number-first", 0.25, X)
    call(op, "column", X, floats(2, 1, seed=1), batch=(0, 1))
    call(op, "ints", INTS, ints(2, 3, low=-4, high=5, seed=1), batch=(0, 1))
    call(op, "nan", array(1, np.nan, 2), array(np.nan, 1, np.inf), batch=(0, 1))

# Reductions

CUBE = floats(2, 3, 4)
AXES = {
    "all": None,
    "axis0": 0,
    "axis1": 1,
    "last": -1,
    "pair": [0, 2],
    "tuple": (1, -1),
    "list": [1],
}
for op in ("max", "min", "sum", "prod", "mean", "var", "std", "any", "all", "logsumexp"):
    x = ints(2, 3, 4, high=2).astype("float32") if op in ("any", "all") else CUBE
    for name, axis in AXES.items():
        call(op, name, x, axis)
    call(op, "keepdims", x, axis=1, keepdims=True)
    call(op, "keepdims-all", x, keepdims=True)
    call(op, "keepdims-pair", x, [0, 2], True)
for op in ("max", "min", "sum", "prod"):
    call(op, "int", ints(2, 3, low=-4, high=5), 1)
call("any", "bool", bools(2, 3), 0)
call("all", "bool", bools(2, 3), 0)
call("mean", "int", INTS, 1)
call("mean", "bool", bools(2, 3), -1)
call("mean", "bool-all", bools(2, 3))
call("var", "bool", bools(2, 3), 0)
call("std", "bool", bools(2, 3), 1)
call("logsumexp", "large", array([1e4, 1e4 - 1], [-1e4, -1e4 + 2]), 1)
call("logsumexp", "infinite", array([-np.inf, -np.inf], [np.inf, 0]), 1)
for op in ("max", "min"):
    call(op, "infinite", array([-np.inf, np.inf], [np.inf, np.inf]), 1)
for op in ("argmax", "argmin"):
    ties = ints(2, 3, 4, high=3)
    call(op, "default", ties)
    call(op, "axis0", ties, 0)
    call(op, "axis1", ties, axis=1)
    call(op, "negative", ties, -2)
    call(op, "float", CUBE, 1)
for op in ("cumsum", "cumprod"):
    call(op, "default", CUBE)
    call(op, "axis1", CUBE, 1)
    call(op, "last", CUBE, axis=-1)
    call(op, "int", ints(3, 4, low=-2, high=3), 1)

# Shapes

call("concatenate", "default", [X, floats(2, 2, seed=1)], batch=(0, 1))
call("concatenate", "axis0", [X, floats(4, 3, seed=1)], axis=0, batch=())
call("concatenate", "axis1", [CUBE, floats(2, 1, 4), floats(2, 2, 4)], axis=1, batch=(0, 1, 2))
call("concatenate", "negative", [CUBE, floats(2, 1, 4)], -2, batch=(0, 1))
call("concatenate", "ints", [ints(2, 2, high=4), ints(2, 1, high=4)], batch=(0, 1))
call("stack", "default", [X, floats(2, 3, seed=1)], batch=())
call("stack", "axis1", [X, floats(2, 3, seed=1)], axis=1, batch=(0, 1))
call("stack", "last", [X, floats(2, 3, seed=1)], -1, batch=(0, 1))
for name, shape in (
    ("whole", (-1,)),
    ("rest", (-1, 4)),
    ("list", [2, 2, -1]),
    ("longer", (2, 1, 3, 4)),
):
    call("reshape", name, CUBE, shape, batch=())
call("permute_dimensions", "three", CUBE, (0, 2, 1))
call("permute_dimensions", "batch", CUBE, [2, 0, 1])
call("permute_dimensions", "four", floats(2, 3, 4, 2), (0, 3, 1, 2))
call("transpose", "two", X)
call("transpose", "three", CUBE)
for data_format in ("channels_last", "channels_first"):
    image = floats(2, 3, 4, 2) if data_format == "channels_last" else floats(2, 2, 3, 4)
    volume = floats(1, 2, 3, 2, 2) if data_format == "channels_last" else floats(1, 2, 2, 3, 2)
    call("resize_images", "nearest-" + data_format, image, 2, 3, data_format)
    call(
        "resize_images",
        "bilinear-" + data_format,
        image,
        2,
        3,
        data_format,
        interpolation="bilinear",
    )
    call("resize_images", "bilinear-one-axis-" + data_format, image, 1, 4, data_format, "bilinear")
    call("resize_volumes", data_format, volume, 2, 1, 3, data_format)
    call("spatial_2d_padding", "default-" + data_format, image, data_format=data_format)
    call("spatial_2d_padding", "pairs-" + data_format, image, ((1, 2), (0, 3)), data_format)
    call("spatial_3d_padding", "default-" + data_format, volume, data_format=data_format)
    call(
        "spatial_3d_padding", "pairs-" + data_format, volume, ((1, 0), (0, 2), (2, 1)), data_format
    )
call("temporal_padding", "default", CUBE)
call("temporal_padding", "pair", CUBE, (0, 2))
call("repeat_elements", "axis0", CUBE, 2, 0)
call("repeat_elements", "axis1", CUBE, 3, axis=1)
call("repeat_elements", "last", CUBE, 2, 2)
call("repeat_elements", "once", CUBE, 1, 1)
call("repeat", "twice", X, 2)
call("repeat", "four", X, n=4)
call("tile", "two", X, [2, 3])
call("tile", "tuple", X, (1, 2))
call("tile", "number", floats(3), 2)
call("flatten", "three", CUBE)
call("batch_flatten", "three", CUBE)
call("batch_flatten", "four", floats(2, 3, 1, 2))
for axis in (-1, 0, 1, -2):
    call("expand_dims", f"axis{axis}", X, axis)
call("expand_dims", "default", X)
call("squeeze", "axis1", floats(2, 1, 3), 1)
call("squeeze", "last", floats(2, 3, 1), -1)
call("squeeze", "first", floats(1, 3), 0, batch=())
call("one_hot", "vector", ints(4, high=3), 3)
call("one_hot", "matrix", ints(2, 3, high=5), 5)
call("one_hot", "beyond", array(-1, 0, 3, 2, dtype="int32"), 3)
call("reverse", "int", CUBE, 1)
call("reverse", "list", CUBE, [0, 2])
call("reverse", "negative", CUBE, (-1,))
call("slice", "two", X, (0, 1), (2, 2))
call("slice", "rest", CUBE, [1, 0, 2], [1, -1, 2], batch=())
call("gather", "vector", floats(4, 3), array(2, 0, 2, dtype="int32"), batch=())
call("gather", "matrix", floats(4, 3), array([2, 0], [1, 3], dtype="int32"), batch=(1,))
call("gather", "rank3", floats(4, 2, 3), array(3, 1, dtype="int32"), batch=(1,))
call("gather", "scalar", floats(4, 3), np.array(2, "int32"), batch=())
call("gather", "ints", ints(5, high=9), array(4, 4, 1, dtype="int32"), batch=(1,))
call("identity", "float", X)
call("identity", "int", INTS)
for dtype in ("float16", "float64", "int32", "int64", "bool"):
    call("cast", dtype, X, dtype)
call("cast", "bool-to-float", bools(2, 3), "float32")
call("cast", "int-to-float", INTS, "float32")
call("zeros_like", "float", X)
call("zeros_like", "int", INTS)
call("zeros_like", "dtype", X, dtype="int32")
call("ones_like", "float", X)
call("ones_like", "int", INTS)
call("ones_like", "dtype", INTS, "float64")
call("shape", "three", CUBE)
call("size", "three", CUBE)
call("stop_gradient", "one", X)
call("print_tensor", "message", X, message="x is: ")
call("to_dense", "dense", X)

# Tensors from nothing

call("zeros", "pair", (2, 3))
call("zeros", "int", [2], dtype="int32")
call("ones", "pair", (2, 3))
call("ones", "float64", (2,), dtype="float64")
call("eye", "square", 3)
call("eye", "pair", (2, 4))
call("eye", "int", 2, dtype="int32")
call("constant", "number", 3)
call("constant", "list", [[1, 2], [3, 4]])
call("constant", "shape", 2.5, shape=(2, 3))
call("constant", "reshaped", [1, 2, 3, 4, 5, 6], shape=(2, 3))
call("constant", "int", [1, 2], dtype="int32")
call("variable", "list", [[1, 2], [3, 4]], dtype="float64")
call("variable", "bool", [True, False], dtype="bool")
for name, args in {
    "stop": (5,),
    "start-stop": (2, 6),
    "step": (1, 8, 3),
    "down": (6, 0, -2),
    "empty": (-3,),
}.items():
    call("arange", name, *args)
call("arange", "float", 0, 1, 0.25, dtype="float32")
call("arange", "int64", 3, dtype="int64")
call("random_binomial", "never", (2, 3), 0.0)
call("random_binomial", "always", (2, 3), 1.0)
call("random_normal", "no-spread", (2, 3), 1.5, 0.0)
call("truncated_normal", "no-spread", (2, 3), 1.5, 0.0)
call("random_normal_variable", "no-spread", (2, 3), 0.5, 0.0)
call("dropout", "none", X, 0.0)

# Products

DOTS = {
    "two-two": ((2, 3), (3, 4)),
    "three-two": ((2, 5, 3), (3, 4)),
    "two-three": ((2, 3), (4, 3, 5)),
    "three-three": ((2, 2, 3), (4, 3, 2)),
    "four-three": ((2, 1, 2, 3), (2, 3, 2)),
}
for name, (x, y) in DOTS.items():
    call("dot", name, floats(*x), floats(*y, seed=1))
BATCH_DOTS = [
    ((2, 3), (2, 3), 1),
    ((2, 3), (2, 3), None),
    ((2, 3), (2, 3), -1),
    ((2, 4, 3), (2, 3, 5), None),
    ((2, 4, 3), (2, 3), None),
    ((2, 3), (2, 3, 5), None),
    ((2, 4, 2, 3), (2, 5, 3, 2), None),
    ((2, 4, 3), (2, 5, 3), 2),
    ((2, 4, 3), (2, 5, 3), -1),
    ((2, 3, 4), (2, 3, 5), 1),
    ((2, 3, 4), (2, 3, 5), [1, 1]),
    ((2, 3), (2, 4, 3), (1, 2)),
    ((2, 3), (2, 3, 4), (1, 1)),
    ((2, 4, 3), (2, 3, 5), [2, 1]),
    ((2, 4, 3), (2, 3, 5), (-1, -2)),
    ((2, 3, 4), (2, 5, 3), (1, 2)),
    ((2, 3, 4), (2, 3), (1, 1)),
    ((2, 4, 3), (2, 3), [2, 1]),
    ((2, 2, 4, 3), (2, 2, 5, 3), (3, 3)),
    ((2, 2, 3, 4), (2, 2, 5, 3), [2, 3]),
    ((2, 3, 2, 4), (2, 3, 5), 1),
    ((2, 3, 4), (2, 5, 3, 2), (1, 2)),
    ((2, 3), (2, 4, 3, 2), (1, 2)),
    ((1, 2, 1, 1, 2, 3), (1, 2, 1, 1, 2, 3), [5, 5]),
]
for x, y, axes in BATCH_DOTS:
    name = "-".join("".join(map(str, part)) for part in (x, y))
    by = "default" if axes is None else str(axes).strip("[]()").replace(", ", "-")
    call("batch_dot", f"{name}-{by}", floats(*x), floats(*y, seed=1), axes, batch=(0, 1))

# Activations

SIGNED = floats(3, 4, low=-4, high=4)
RELUS = [
    {},
    {"alpha": 0.3},
    {"max_value": 1.5},
    {"threshold": 0.7},
    {"alpha": 0.3, "max_value": 1.5},
    {"alpha": 0.3, "threshold": 0.7},
    {"max_value": 1.5, "threshold": 0.7},
    {"alpha": 0.3, "max_value": 1.5, "threshold": 0.7},
    {"max_value": 6},
    {"max_value": 0.0},
    {"threshold": -1.0},
    {"alpha": 1.0, "threshold": -1.0},
]
for options in RELUS:
    name = "-".join(f"{key}{value}" for key, value in options.items()) or "default"
    call("relu", name, SIGNED, **options)
call("relu", "int", INTS)
for op in ("elu", "softmax", "softplus", "softsign", "sigmoid", "hard_sigmoid", "tanh"):
    call(op, "default", SIGNED)
    call(op, "large", array([-100, -50, -20, -3], [3, 20, 50, 100]))
call("elu", "alpha", SIGNED, 0.5)
call("hard_sigmoid", "corners", array(-3, -2.5, -2.4, 0, 2.4, 2.5, 3))
for axis in (0, 1, -2):
    call("softmax", f"axis{axis}", floats(2, 3, 4), axis)
call("softmax", "rank4", floats(2, 2, 2, 3))

# Losses

CLASSES = np.eye(4, dtype="float32")[[0, 2, 3]]
for axis in (-1, 1, 2):
    normal, other = shares(2, 3, 4, axis=axis), shares(2, 3, 4, axis=axis, seed=1)
    logits = floats(2, 3, 4, low=-4, high=4)
    number = ints(2, 4, high=3) if axis == 1 else ints(2, 3, high=4)
    for name, output, from_logits in (("shares", other, False), ("logits", logits, True)):
        options = {"axis": axis, "from_logits": from_logits, "batch": (0, 1)}
        id = f"{name}-axis{axis}"
        call("categorical_crossentropy", id, normal, output, **options)
        call("sparse_categorical_crossentropy", id, number, output, **options)
call("categorical_crossentropy", "matrix", CLASSES, shares(3, 4), batch=(0, 1))
call("categorical_crossentropy", "not-normalised", CLASSES, positive(3, 4), batch=(0, 1))
call("categorical_crossentropy", "clipped", CLASSES, np.eye(4, dtype="float32")[:3], batch=(0, 1))
call(
    "categorical_crossentropy",
    "sure-logits",
    CLASSES,
    100 * CLASSES[::-1].copy(),
    True,
    batch=(0, 1),
)
call("sparse_categorical_crossentropy", "vector", ints(3, high=4), shares(3, 4), batch=(0, 1))
call("sparse_categorical_crossentropy", "column", ints(3, 1, high=4), shares(3, 4), batch=(0, 1))
call(
    "sparse_categorical_crossentropy",
    "float-classes",
    ints(3, high=4).astype("float32"),
    shares(3, 4),
    batch=(0, 1),
)
call(
    "sparse_categorical_crossentropy",
    "not-normalised",
    ints(3, high=4),
    positive(3, 4) * 0.4,
    batch=(0, 1),
)
call("binary_crossentropy", "shares", bools(2, 3).astype("float32"), shares(2, 3), batch=(0, 1))
call("binary_crossentropy", "soft", shares(2, 3), shares(2, 3, seed=1), batch=(0, 1))
call("binary_crossentropy", "clipped", array(0, 1, 0, 1), array(0, 1, 1, 0), batch=(0, 1))
call(
    "binary_crossentropy",
    "logits",
    bools(2, 3).astype("float32"),
    SIGNED[:2, :3].copy(),
    True,
    batch=(0, 1),
)
call(
    "binary_crossentropy",
    "sure-logits",
    array(0, 1, 0, 1),
    array(-100, 100, 100, -100),
    True,
    batch=(0, 1),
)
TIES = array([0.1, 0.4, 0.4, 0.1], [0.3, 0.3, 0.3, 0.1], [0.2, 0.2, 0.2, 0.4])
for k in (1, 2, 3, 4):
    call("in_top_k", f"ties-{k}", TIES, array(2, 0, 1, dtype="int32"), k, batch=(0, 1))
    call("in_top_k", f"plain-{k}", shares(5, 4), ints(5, high=4), k, batch=(0, 1))
call("l2_normalize", "all", X)
call("l2_normalize", "axis0", X, 0)
call("l2_normalize", "last", X, axis=-1)
call("l2_normalize", "pair", CUBE, [1, 2])
call("l2_normalize", "small", array([1e-8, 0], [0, 0], [3e-6, 4e-6]), 1)

# CTC

LABELS = array([0, 1, 2, 1, 0], [0, 1, 1, 0, 0], dtype="int32")
TIMES = shares(2, 7, 4)
LENGTHS = array([7], [6], dtype="int32")
call(
    "ctc_batch_cost",
    "two",
    LABELS,
    TIMES,
    LENGTHS,
    array([5], [4], dtype="int32"),
    batch=(0, 1, 2, 3),
)
call(
    "ctc_batch_cost",
    "short",
    LABELS[:, :3].copy(),
    TIMES,
    array([4], [5], dtype="int32"),
    array([2], [3], dtype="int32"),
    batch=(0, 1, 2, 3),
)
call(
    "ctc_batch_cost",
    "repeated",
    array([1, 1, 1], dtype="int32"),
    TIMES[:1].copy(),
    array([5], dtype="int32"),
    array([3], dtype="int32"),
    batch=(),
)
PEAKED = shares(2, 7, 4) ** 3
PEAKED = np.round(PEAKED / PEAKED.sum(-1, keepdims=True), 4)
STEPS = array(7, 5, dtype="int32")
call("ctc_decode", "greedy", PEAKED, STEPS, batch=(0, 1))
call("ctc_decode", "greedy-flat", TIMES, STEPS, batch=(0, 1))
PEAKS = [[0, 0, 3, 0, 1, 1, 2], [3, 2, 2, 3, 3, 2, 1]]
call(
    "ctc_decode",
    "greedy-peaks",
    np.eye(4, dtype="float32")[PEAKS[0]].reshape(1, 7, 4) * 0.9 + 0.025,
    STEPS[:1],
    batch=(0, 1),
)
for width, paths in ((100, 1), (10, 3), (2, 2)):
    call(
        "ctc_decode",
        f"beam{width}-{paths}",
        PEAKED,
        STEPS,
        greedy=False,
        beam_width=width,
        top_paths=paths,
        batch=(0, 1),
    )
call(
    "ctc_decode",
    "beam-merged",
    PEAKED,
    STEPS,
    greedy=False,
    beam_width=20,
    top_paths=2,
    merge_repeated=True,
    batch=(0, 1),
)
