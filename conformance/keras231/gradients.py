"""K.gradients of the sum of what other calls give, each element with a weight of its own."""

import numpy as np
from kswitch.conformance.arrays import floats
from kswitch.conformance.keras231 import calls, layers, loops

CALLS = []
X = floats(2, 3)


INNER = {
    "square": "float",
    "abs": "float",
    "exp": "float",
    "log": "float",
    "sqrt": "float",
    "sin": "float",
    "cos": "float",
    "pow": "two negative tensor row",
    "clip": "numbers tensors",
    "maximum": "tensors number column",
    "minimum": "tensors number-first",
    "sum": "axis0 all",
    "mean": "axis1 keepdims-pair",
    "max": "axis1 all",
    "min": "last",
    "prod": "axis0 all",
    "var": "all axis1",
    "std": "axis0",
    "logsumexp": "axis1 all",
    "cumsum": "axis1",
    "cumprod": "last",
    "concatenate": "axis1",
    "stack": "last",
    "reshape": "rest",
    "permute_dimensions": "batch",
    "transpose": "three",
    "repeat_elements": "axis1",
    "repeat": "four",
    "tile": "two",
    "reverse": "list",
    "slice": "rest",
    "expand_dims": "axis0",
    "squeeze": "last",
    "resize_images": "nearest-channels_last bilinear-channels_last bilinear-channels_first",
    "resize_volumes": "channels_first",
    "temporal_padding": "pair",
    "spatial_2d_padding": "pairs-channels_first",
    "spatial_3d_padding": "pairs-channels_last",
    "dot": "two-two three-two two-three",
    "batch_dot": "23-23-1 243-235-default 243-253-2",
    "relu": "default alpha0.3-max_value1.5-threshold0.7 max_value1.5",
    "elu": "alpha",
    "softmax": "default axis1",
    "softplus": "default large",
    "softsign": "default",
    "sigmoid": "default large",
    "hard_sigmoid": "default",
    "tanh": "default",
    "categorical_crossentropy": "shares-axis-1 logits-axis1",
    "l2_normalize": "last all",
    "sparse_categorical_crossentropy": "shares-axis-1 logits-axis-1",
    "binary_crossentropy": "soft logits sure-logits",
    "conv1d": "same-strides-channels_last causal-dilation",
    "conv2d": "valid-channels_last same-strides-channels_last same-dilation-channels_first",
    "conv3d": "same-strides-channels_last",
    "conv2d_transpose": "same-strides-channels_last valid-channels_first",
    "conv3d_transpose": "valid-strides-channels_last",
    "separable_conv1d": "same-strides-channels_last",
    "separable_conv2d": "valid-channels_first",
    "depthwise_conv2d": "same-strides-channels_last",
    "local_conv1d": "strides",
    "local_conv2d": "plain-channels_first",
    "pool2d": "max-same-strides-channels_last avg-same-channels_last",
    "pool3d": "max-valid-strides-channels_last avg-same-strides-channels_last",
    "bias_add": "rank4-channels_first rank4-full-channels_first",
    "normalize_batch_in_training": "plain axis1",
    "batch_normalization": "plain broadcastable",
    "ctc_batch_cost": "two short",
    "switch": "elements scalar-true functions-false",
    "map_fn": "rows closure",
    "foldl": "affine",
    "foldr": "start",
    "rnn": "plain masked-plain backwards two-states-masked images",
}
TWICE = {
    "exp": "float",
    "pow": "two",
    "tanh": "default",
    "softmax": "default",
    "dot": "two-two",
    "conv2d": "valid-channels_last",
    "sigmoid": "default",
    "prod": "axis0",
}


def built(id, build, *arrays):
    CALLS.append(loops.case("gradients", id, build, *arrays, batch=(), native=False))


def gradients(K, case, tensors):
    """K.gradients by all floats of a case."""
    if case.build is not None:
        results = case.build(K, *tensors)
    else:
        args, kwargs = case.filled(tensors)
        results = getattr(K, case.op)(*args, **kwargs)
    return K.gradients(weighted(K, flat(results)), inner(case, tensors))


def second_gradients(K, case, tensors):
    """The gradients of the gradients."""
    return K.gradients(weighted(K, gradients(K, case, tensors)), inner(case, tensors))


def inner(case, tensors):
    """The tensors to differentiate by: the floats, but for targets and masks."""
    first = 1 if case.op.endswith("crossentropy") or case.op == "switch" else 0
    chosen = [x for x, a in zip(tensors, case.arrays) if a.dtype.kind == "f"]
    if case.op == "rnn" and "masked" in case.id:
        return chosen[:-1]
    return chosen[first:] if len(chosen) == len(tensors) else chosen


def flat(results):
    if isinstance(results, (list, tuple)):
        return [x for part in results for x in flat(part)]
    return [results]


def weighted(K, results):
    floating = [x for x in results if K.dtype(x).startswith("float")]
    return sum(
        K.sum(x * K.constant(floats(*K.int_shape(x), seed=3 + i))) for i, x in enumerate(floating)
    )


def named(table):
    found = {(c.op, c.id): c for c in calls.CALLS + layers.CALLS + loops.CALLS}
    return [found[op, id] for op, ids in table.items() for id in ids.split()]


def by_inner_tensor(K, x):
    e = K.exp(x)
    return K.gradients(K.sum(e * e), [e, x])


def penalty(K, x, y):
    g = K.gradients(K.sum(K.tanh(K.dot(x, y))), [x])[0]
    return K.gradients(K.sum(K.square(g)), [x, y])


for case in named(INNER):
    built(
        case.name,
        lambda K, *tensors, case=case: gradients(K, case, tensors),
        *case.arrays,
    )
for case in named(TWICE):
    built(
        "second-" + case.name,
        lambda K, *tensors, case=case: second_gradients(K, case, tensors),
        *case.arrays,
    )
for name, i in {"vector": [2, 0, 2], "matrix": [[2, 0], [1, 2]]}.items():
    built(
        "gather-" + name,
        lambda K, x, i: K.gradients(weighted(K, [K.gather(x * 1.0, i)]), [x]),  # * 1: not sparse
        floats(4, 3),
        np.array(i, "int32"),
    )
built("by-inner-tensor", by_inner_tensor, X)
built("stopped", lambda K, x: K.gradients(K.sum(x * K.stop_gradient(x)), [x]), X)
built("not-summed", lambda K, x: K.gradients(K.square(x), x), X)
built("penalty", penalty, X, floats(3, 2))
