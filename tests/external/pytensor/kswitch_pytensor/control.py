"""Choices, loops and random numbers."""

import builtins

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.tensor.random.utils import RandomStream

from kswitch_pytensor.shapes import sizes
from kswitch_pytensor.state import QUICK, int_shape, learning_phase, variable
from kswitch_pytensor.values import cast, dtype_name, is_symbolic, meet, shaped, tensor


def _call(x):
    return x() if callable(x) else x


def switch(condition, then_expression, else_expression):
    """One of two expressions; both are computed."""
    if isinstance(condition, (bool, int, float, np.bool_)):
        return _call(then_expression if condition else else_expression)
    first, second = _call(then_expression), _call(else_expression)
    if isinstance(first, (list, tuple)):
        return [switch(condition, a, b) for a, b in zip(first, second, strict=True)]
    first, second = meet(first, second)
    condition = cast(condition, "bool")
    rank = max(first.ndim, second.ndim)
    if condition.ndim > rank:
        raise ValueError(
            "switch(): Rank of `condition` should be less than or equal to rank of "
            f"`then_expression` and `else_expression`; got ranks {condition.ndim} and {rank}."
        )
    if condition.ndim:
        condition = condition.dimshuffle(*range(condition.ndim), *["x"] * (rank - condition.ndim))
    return pt.switch(condition, first, second)


def in_train_phase(x, alt, training=None):
    """x in training, alt in tests."""
    by_phase = training is None
    if by_phase:
        training = learning_phase()
    if not is_symbolic(training):
        return _call(x if training else alt)
    result = switch(training, _call(x), _call(alt))
    result._uses_learning_phase = by_phase or getattr(training, "_uses_learning_phase", False)
    return result


def in_test_phase(x, alt, training=None):
    """x in tests, alt in training."""
    return in_train_phase(alt, x, training)


# Loops


def _loop(step, sequences, states, backwards=False):
    """step(*slices, *states) -> (outputs, new states) along the first axis of the sequences.

    Returns:
        (outputs stacked along the first axis, new states of all steps stacked likewise).
    """
    counts = []

    def body(*args):
        outputs, new = step(args[: len(sequences)], args[len(sequences) :])
        for old, state in zip(states, new, strict=True):
            if state.ndim != old.ndim or builtins.any(
                None not in (a, b) and a != b
                for a, b in zip(int_shape(state), int_shape(old), strict=True)
            ):
                raise ValueError(
                    f"a loop's state must keep its shape: {int_shape(old)} became "
                    f"{int_shape(state)}."
                )
        counts[:] = [len(outputs)]
        new = [
            shaped(cast(state, old.dtype), int_shape(old))
            for old, state in zip(states, new, strict=True)
        ]
        return [*outputs, *new]

    # scan must know beforehand how many results have no state: a first call tells.
    body(*[x[0] for x in sequences], *states)
    outputs_info = [None] * counts[0] + list(states)
    results = pytensor.scan(
        body,
        sequences=sequences,
        outputs_info=outputs_info,
        go_backwards=backwards,
        return_updates=False,
        mode=QUICK,
    )
    results = list(results) if isinstance(results, (list, tuple)) else [results]
    return results[: counts[0]], results[counts[0] :]


def rnn(
    step_function, inputs, initial_states, go_backwards=False, mask=None, constants=None,
    unroll=False, input_length=None,
):  # fmt: skip
    """step_function(input, states) -> (output, new states) over the second axis of inputs.

    Returns:
        (the last output, all outputs, the last states).
    """
    inputs = tensor(inputs)
    if inputs.ndim < 3:
        raise ValueError(f"rnn(): Input should be at least 3D, got the shape {int_shape(inputs)}.")
    steps = int_shape(inputs)[1]
    if unroll and steps is None:
        raise ValueError("rnn(): Unrolling requires a fixed number of timesteps.")
    constants = list(constants or [])
    states = [tensor(x) for x in initial_states]
    sequences = [inputs.dimshuffle(1, 0, *range(2, inputs.ndim))]
    if mask is not None:
        mask = cast(mask, "bool")
        sequences.append((mask if mask.ndim == 3 else pt.expand_dims(mask, -1)).dimshuffle(1, 0, 2))
    carried = []

    def step(slices, before):
        before = list(before)
        previous = before.pop() if carried else None
        output, new = step_function(slices[0], [*before, *constants])
        new = list(new)
        if len(slices) > 1:
            output = _masked(slices[1], output, previous)
            new = [_masked(slices[1], n, o) for n, o in zip(new, before, strict=True)]
        return [output], [*new, *([output] if carried else [])]

    if mask is not None:
        output, _ = step_function(sequences[0][0], [*states, *constants])
        carried.append(pt.zeros_like(output))
    if unroll:
        order = range(steps)[::-1] if go_backwards else range(steps)
        outputs, now = [], [*states, *carried]
        for t in order:
            (output,), now = step([x[t] for x in sequences], now)
            outputs.append(output)
        stacked, last = pt.stack(outputs), list(now[: len(states)])
    else:
        (stacked,), histories = _loop(step, sequences, [*states, *carried], go_backwards)
        last = [
            shaped(h[-1], int_shape(s))
            for h, s in zip(histories[: len(states)], states, strict=False)
        ]
    output = stacked[-1]
    stacked = stacked.dimshuffle(1, 0, *range(2, stacked.ndim))
    known = list(int_shape(stacked))
    known[:2] = int_shape(inputs)[:2]
    return shaped(output, [known[0], *known[2:]]), shaped(stacked, known), last


def _masked(mask, new, old):
    mask = mask.dimshuffle(0, *["x"] * (new.ndim - 1)) if new.ndim != 2 else mask
    return pt.switch(mask, new, old)


def map_fn(fn, elems, name=None, dtype=None):
    """fn of each entry along the first axis."""
    several = isinstance(elems, (list, tuple))
    sequences = [tensor(x) for x in elems] if several else [tensor(elems)]
    packed = []

    def step(slices, _):
        result = fn(type(elems)(slices)) if several else fn(slices[0])
        packed[:] = [isinstance(result, (list, tuple))]
        return (list(result) if packed[0] else [result]), []

    results, _ = _loop(step, sequences, [])
    first = int_shape(sequences[0])[0]
    results = [shaped(x, (first, *int_shape(x)[1:])) for x in results]
    if dtype is not None:
        kinds = dtype if isinstance(dtype, (list, tuple)) else [dtype] * len(results)
        results = [cast(x, kind) for x, kind in zip(results, kinds, strict=True)]
    return results if packed[0] else results[0]


def foldl(fn, elems, initializer=None, name=None):
    """fn(accumulated, entry) from the first entry to the last."""
    elems = tensor(elems)
    if initializer is None:
        initializer, elems = elems[0], elems[1:]
    return _fold(fn, elems, initializer, False)


def foldr(fn, elems, initializer=None, name=None):
    """fn(accumulated, entry) from the last entry to the first."""
    elems = tensor(elems)
    if initializer is None:
        initializer, elems = elems[-1], elems[:-1]
    return _fold(fn, elems, initializer, True)


def _fold(fn, elems, initializer, backwards):
    state = tensor(initializer)
    step = lambda slices, states: ([], [fn(states[0], slices[0])])
    _, (history,) = _loop(step, [elems], [state], backwards)
    # with the start before them, there is a last one even if there were no entries
    return shaped(pt.concatenate([pt.expand_dims(state, 0), history])[-1], int_shape(state))


# Random numbers: new ones in each call; NumPy's global generator gives the seeds


def _stream(seed):
    return RandomStream(int(np.random.randint(10_000_000)) if seed is None else int(seed))


def _size(shape):
    if is_symbolic(shape):
        return [shape[i] for i in range(int_shape(shape)[0])]
    return [n if is_symbolic(n) else int(n) for n in shape]


def _drawn(x, shape, dtype):
    known = [None if is_symbolic(n) else n for n in _size(shape)]
    return shaped(cast(x, dtype_name(dtype)), known)


def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    x = _stream(seed).normal(0.0, 1.0, size=_size(shape))
    return _drawn(x * stddev + mean, shape, dtype)


def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    if dtype is not None and np.dtype(dtype_name(dtype)).kind in "iu":
        return _drawn(_stream(seed).integers(minval, maxval, size=_size(shape)), shape, dtype)
    x = _stream(seed).uniform(0.0, 1.0, size=_size(shape))
    x = _drawn(x * (maxval - minval) + minval, shape, dtype)
    below = np.nextafter(np.asarray(maxval, x.dtype), np.asarray(minval, x.dtype))
    return pt.minimum(x, below)  # rounding to float32 may have reached the limit


def random_binomial(shape, p=0.0, dtype=None, seed=None):
    x = _stream(seed).uniform(0.0, 1.0, size=_size(shape))
    return _drawn(pt.lt(x, p), shape, dtype)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal numbers within two standard deviations, from the inverse of their distribution."""
    within = 0.9544997361036416  # the probability of [-2, 2], that is erf(sqrt(2))
    x = _stream(seed).uniform(-within, within, size=_size(shape))
    x = pt.clip(pt.erfinv(x) * np.sqrt(2.0), -2.0, 2.0)
    return _drawn(x * stddev + mean, shape, dtype)


def random_uniform_variable(shape, low, high, dtype=None, name=None, seed=None):
    rng = np.random.default_rng(np.random.randint(10_000_000) if seed is None else seed)
    return variable(rng.uniform(low, high, shape), dtype, name)


def random_normal_variable(shape, mean, scale, dtype=None, name=None, seed=None):
    rng = np.random.default_rng(np.random.randint(10_000_000) if seed is None else seed)
    return variable(rng.normal(mean, scale, shape), dtype, name)


def dropout(x, level, noise_shape=None, seed=None):
    """Entries of x are dropped with the probability `level`, the others grow accordingly."""
    if not is_symbolic(level) and not 0 <= level < 1:
        raise ValueError(f"dropout(): level must be from 0 to below 1, got {level}.")
    x = tensor(x)
    own = sizes(x)
    shape = own if noise_shape is None else [
        m if n is None else n for n, m in zip(_noise(noise_shape), own, strict=True)
    ]  # fmt: skip
    kept = pt.ge(_stream(seed).uniform(0.0, 1.0, size=shape), level)
    known = [None if is_symbolic(n) else n for n in shape]
    return x * shaped(cast(kept, x.dtype), known) / cast(tensor(1.0 - level), x.dtype)


def _noise(shape):
    return [shape[i] for i in range(int_shape(shape)[0])] if is_symbolic(shape) else shape
