"""Gradients against central differences, in float64.

The loss is the sum of all results with weights that differ, so that no gradient vanishes by
symmetry. For second derivatives the same is done with the gradients in the place of the results.
Where the batch size is not known the same gradients must come out. Small tensors are moved element
by element, larger ones along a few directions too, which costs less and misses nothing.

All of it is one K.function: engines that compile would take most of the time for that.
"""

import numpy as np
import pytest
from kswitch.conformance import compare
from kswitch.conformance.arrays import floats

STEP = 1e-5
SMALL = 12


def gradient(K, case):
    from kswitch.conformance import modes

    K.set_floatx("float64")
    arrays = [a.astype("float64") if a.dtype.kind == "f" else a for a in case.arrays]
    inner = case.inner
    if inner is None:
        inner = [i for i, a in enumerate(arrays) if a.dtype.kind == "f"]
    inputs = modes.placeholders(K, arrays)
    results = float_results(K, case, inputs)
    if not results:
        pytest.fail("there is no float64 result to differentiate.")
    weights = [weights_of(K.int_shape(x), i) for i, x in enumerate(results)]
    loss = weighted(K, results, weights)
    gradients = K.gradients(loss, [inputs[i] for i in inner])
    if case.grad == "none":
        compare.same(gradients, [None] * len(inner), "K.gradients")
        return
    if None in gradients:
        raise compare.Mismatch("K.gradients gave None", f"{len(inner)} tensors", gradients)
    parts = [[loss, *gradients]]
    places = [inner]
    if case.grad == 2:
        loss, twice = second(K, [inputs[i] for i in inner], gradients)
        # no gradient means that it is 0
        zeros = [K.zeros_like(inputs[i]) for i in inner]
        parts.append([loss, *(z if g is None else g for g, z in zip(twice, zeros, strict=True))])
        places.append(inner)
    loose_inputs, loose_gradients, values = [], [], []
    if any(i < len(arrays) for i in case.batch):
        loose_inputs, loose_gradients = unknown_batch(K, case, arrays, inner, weights)
        values = [*arrays, *(w for w in weights if w is not None)]
    outputs = [x for part in parts for x in part]
    compiled = K.function([*inputs, *loose_inputs], [*outputs, *loose_gradients])
    found = compiled([*arrays, *values])
    for output, value in zip(outputs, found, strict=False):
        compare.static_shape(K, output, value)
        compare.static_dtype(K, output, value)
    start = 0
    for part, moved in zip(parts, places, strict=True):
        run = lambda arrays, start=start: float(compiled([*arrays, *values])[start])
        check(run, arrays, moved, found[start + 1 : start + len(part)])
        start += len(part)
    for got, before in zip(found[start:], found[1:], strict=False):
        np.testing.assert_allclose(got, before, 1e-9, 1e-9, err_msg="with an unknown batch size")


def float_results(K, case, inputs):
    from kswitch.conformance import modes

    results = compare.flat(modes.call(K, case, inputs))
    return [x for x in results if K.dtype(x) == "float64"]


def weights_of(shape, seed):
    """Weights for a tensor of a shape; None if that is not known."""
    return None if None in shape else floats(*shape, seed=seed + 3, dtype="float64")


def weighted(K, tensors, weights):
    """The sum of all elements times their weights, or squared where there are none."""
    total = 0.0
    for x, w in zip(tensors, weights, strict=True):
        w = K.constant(w, dtype="float64") if isinstance(w, np.ndarray) else w
        total = total + K.sum(x * (x if w is None else w))
    return total


def second(K, inputs, gradients):
    """A loss of the gradients, and its gradients; where they are constant there is none."""
    weights = [weights_of(K.int_shape(g), i) for i, g in enumerate(gradients)]
    loss = weighted(K, gradients, weights)
    return loss, K.gradients(loss, inputs)


def unknown_batch(K, case, arrays, inner, weights):
    """Inputs (the weights among them) without a batch size, and the gradients by them."""
    from kswitch.conformance import modes

    inputs = modes.placeholders(K, arrays, case.batch)
    fed = [None if w is None else K.placeholder(ndim=w.ndim, dtype="float64") for w in weights]
    loss = weighted(K, float_results(K, case, inputs), fed)
    gradients = K.gradients(loss, [inputs[i] for i in inner])
    return [*inputs, *(w for w in fed if w is not None)], gradients


def check(loss, arrays, places, gradients):
    """Compares gradients with differences of a loss, a function of all arrays."""
    for place, got in zip(places, gradients, strict=True):
        name = f"gradient by tensor {place}"
        compare.same(got.dtype.name, "float64", f"the dtype of the {name}")
        compare.same(got.shape, arrays[place].shape, f"the shape of the {name}")
        moves = directions(arrays[place])
        expected = [difference(loss, arrays, place, move) for move in moves]
        along = [np.sum(got * move) for move in moves]
        np.testing.assert_allclose(along, expected, 1e-5, 1e-6, err_msg=name)


def directions(array):
    """Ways to move an array: each element alone, or some of them and then all."""
    size = array.size
    picked = range(size) if size <= SMALL else np.linspace(0, size - 1, 5).astype(int)
    moves = [np.eye(1, size, i).reshape(array.shape) for i in picked]
    if size > SMALL:
        moves += [floats(*array.shape, seed=seed, dtype="float64") for seed in (11, 12, 13)]
    return moves


def difference(loss, arrays, place, move):
    """How the loss changes along a move, by central difference."""
    sides = []
    for step in (STEP, -STEP):
        moved = list(arrays)
        moved[place] = arrays[place] + step * move
        sides.append(loss(moved))
    return (sides[0] - sides[1]) / (2 * STEP)
