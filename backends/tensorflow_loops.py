"""Loops and branches in TensorFlow: Python's own if run eagerly, while_loop and cond in a graph."""

import tensorflow as tf
from kswitch.backends import tensorflow_ops as raw
from kswitch.backends.tensorflow_arguments import is_known, sizes_of, vector


def cond(predicate, then, otherwise):
    if tf.executing_eagerly():
        return then() if predicate else otherwise()
    return tf.cond(predicate, then, otherwise)


def scan(step, xs, init, length=None, reverse=False, indexed=False):
    run = _eager if tf.executing_eagerly() else _graph
    if length is None:
        length = sizes_of(xs[0])[0]

    def indexed_step(t, *args):
        return step(t, *args) if indexed else step(*args)

    return run(indexed_step, xs, init, length, reverse)


def _eager(step, xs, init, length, reverse):
    length = int(length)
    columns = [raw.Unpack(value=x, num=length) for x in xs]
    states = tuple(init)
    outputs = []
    for t in reversed(range(length)) if reverse else range(length):
        states, out = step(t, *states, *[column[t] for column in columns])
        outputs.append(out)
    if not outputs:
        _, out = step(0, *states, *[tf.zeros(x.shape[1:], x.dtype) for x in xs])
        out = [tf.convert_to_tensor(y) for y in out]
        return (*states, *[tf.zeros([0, *y.shape], y.dtype) for y in out])
    if reverse:
        outputs.reverse()
    return (*states, *[raw.Pack(values=column) for column in zip(*outputs)])


def _graph(step, xs, init, length, reverse):
    init = [tf.convert_to_tensor(x) for x in init]
    traced, shapes = _trace(step, xs, init)
    count = len(init)
    results = traced.outputs[count:]
    static = int(length) if is_known(length) else None
    length = tf.cast(length, tf.int32)
    slices = [tf.TensorArray(x.dtype, length, element_shape=x.shape[1:]).unstack(x) for x in xs]
    arrays = [tf.TensorArray(y.dtype, length, element_shape=y.shape) for y in results]

    def body(i, states, arrays):
        t = length - 1 - i if reverse else i
        found = traced(t, *states, *[a.read(t) for a in slices])
        arrays = [a.write(t, y) for a, y in zip(arrays, found[count:], strict=True)]
        return i + 1, list(found[:count]), arrays

    invariants = (tf.TensorShape(()), shapes, [tf.TensorShape(None)] * len(arrays))
    _, states, arrays = tf.while_loop(
        lambda i, *_: i < length,
        body,
        (tf.constant(0), init, arrays),
        shape_invariants=invariants,
        maximum_iterations=length,
    )
    if static or all(y.shape.is_fully_defined() for y in results):
        stacked = [a.stack() for a in arrays]
    else:
        zeros = [tf.zeros(vector(sizes_of(x)[1:]), x.dtype) for x in xs]
        stacked = _or_empty(length, arrays, lambda: traced(length, *init, *zeros)[count:])
    for x, y in zip(stacked, results, strict=True):
        x.set_shape([static, *y.shape])
    return (*states, *stacked)


def _trace(step, xs, init):
    """step as a function with a graph of its own, and the shapes that states have in all steps."""
    shapes = [tuple(x.shape.as_list()) for x in init]

    def flat(t, *args):
        states, outputs = step(t, *args)
        states = [tf.convert_to_tensor(y, x.dtype) for x, y in zip(init, states, strict=True)]
        return [*states, *map(tf.convert_to_tensor, outputs)]

    while True:
        signature = [tf.TensorSpec((), tf.int32)]
        signature += [tf.TensorSpec(s, x.dtype) for s, x in zip(shapes, init, strict=True)]
        signature += [tf.TensorSpec(x.shape[1:], x.dtype) for x in xs]
        traced = tf.function(flat, signature, autograph=False).get_concrete_function()
        new = [_common(s, y.shape) for s, y in zip(shapes, traced.outputs, strict=False)]
        if new == shapes:
            return traced, [tf.TensorShape(s) for s in shapes]
        shapes = new


def _common(shape, new):
    """The sizes of shape, None where new differs."""
    return tuple(m if m == n else None for m, n in zip(shape, new.as_list(), strict=True))


def _or_empty(length, arrays, step):
    """The stacked arrays; empty tensors after no step: only a step on zeros knows their shapes."""

    def empty():
        return [tf.zeros(tf.concat([[0], tf.shape(y)], 0), y.dtype) for y in step()]

    return tf.cond(length > 0, lambda: [a.stack() for a in arrays], empty)
