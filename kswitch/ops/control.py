"""Control flow: choices and loops over traced callables.

Two ops do it all, `cond` and `scan`; the public functions are composites over them. `scan` runs
forwards in every engine's own way (a Python loop, lax.scan, while_loop), and its reverse is again a
scan.
"""

import numpy as np

from kswitch import foreign
from kswitch.declare import Plain, Spec, Tensor, Tensors, composite, gradient, op
from kswitch.graph import dtypes, trace
from kswitch.ops import hoisting
from kswitch.ops.loops import scan_gradient, stacked_spec


@op(public=False)
def item(whole: Tensor, position: Plain) -> Spec:
    """One result of a node that has several; the recorder makes these nodes itself."""


# Choices


def _record_phase_select(K, x, alt):
    x, alt = _together(K, x, alt)
    shape = _common_shape(x.shape, alt.shape)
    node = K.record.node(K.declarations["phase_select"], (x, alt), (x, alt), (shape, x.dtype))
    node.phase = True
    return node


@op(public=False, record=_record_phase_select)
def phase_select(x: Tensor, alt: Tensor) -> Spec:
    """x in the training phase, alt in the test phase; a program is written for one of the two."""


@gradient(phase_select, "x")
def _(K, g, y, x, alt):
    return K.phase_select(g, K.fill_like(x, 0.0, x.dtype))


@gradient(phase_select, "alt")
def _(K, g, y, x, alt):
    return K.phase_select(K.fill_like(alt, 0.0, alt.dtype), g)


def _common_shape(first, second):
    """The static shape of "one of the two": None where they differ."""
    if len(first) != len(second):
        return first
    return tuple(a if a == b else None for a, b in zip(first, second, strict=True))


def _together(K, x, alt):
    """Two branches as tensors of one dtype."""
    pair = [v if type(v) in K.SYMBOLIC else K.record.constant(v) for v in (x, alt)]
    strong = [v.dtype for v, given in zip(pair, (x, alt), strict=True) if type(given) in K.SYMBOLIC]
    if not strong:
        strong = [v.dtype for v in pair]
    target = strong[0] if len(strong) == 1 else dtypes.promote(*strong)
    weak = max(dtypes.kind(v.dtype) for v in pair)
    target = dtypes.weakly(target, weak, K.floatx())
    return [v if v.dtype == target else K.cast(v, target) for v in pair]


def _call(x):
    return x() if callable(x) else x


@composite
def in_train_phase(K, x, alt, training=None):
    """x in the training phase, alt in the test phase.

    Args:
        x, alt: tensors, or functions without arguments that return one.
        training: True or 1, False or 0, or a scalar tensor to decide it; None for
            K.learning_phase().

    Returns:
        A tensor; with a fixed `training` only the function that is needed is called.
    """
    if training is None:
        training = K.learning_phase()
    if isinstance(training, (bool, int, np.bool_, np.integer)):
        return _call(x) if training else _call(alt)
    if type(training) is not K.Placeholder or training.default is None:
        return K.switch(training, x, alt)
    x, alt = _call(x), _call(alt)
    if foreign.among((x, alt)):
        return K.public.in_train_phase(x, alt)
    if type(x) in K.SYMBOLIC or type(alt) in K.SYMBOLIC:
        return K.phase_select(x, alt)
    return x if K.phase_value() else alt


@composite
def in_test_phase(K, x, alt, training=None):
    """x in the test phase, alt in the training phase; see K.in_train_phase."""
    return K.in_train_phase(alt, x, training)


def _record_cond(K, predicate, then, otherwise):
    start = trace.now()
    results = [then(), otherwise()]
    single = not isinstance(results[0], (list, tuple))
    first, second = ([r] if single else list(r) for r in results)
    if len(first) != len(second):
        raise ValueError(
            f"switch(): one branch returns {len(first)} tensors, the other {len(second)}."
        )
    pairs = [_together(K, a, b) for a, b in zip(first, second, strict=True)]
    branches = [trace.branch([p[i] for p in pairs], start) for i in (0, 1)]
    specs = [(_common_shape(a.shape, b.shape), a.dtype) for a, b in pairs]
    inputs = (predicate, *branches[0].captured, *branches[1].captured)
    op = K.declarations["cond"]
    items = K.record.node(op, (predicate, *branches), inputs, specs)
    return items[0] if single else items


@op(public=False, record=_record_cond)
def cond(predicate: Tensor, then: Plain, otherwise: Plain) -> Spec:
    """then() or otherwise(), of which only one is run; the predicate is a bool scalar."""


@gradient(cond, "*")
def _(K, grads, node, active):
    from kswitch.compile.gradients import backpropagate

    predicate, *branches = node.args
    captured = {id(c): c for branch in branches for c in branch.captured}
    targets = [c for c in captured.values() if id(c) in active and dtypes.is_float(c.dtype)]
    if not targets:
        return []
    given = {*captured, *map(id, grads.values())}
    results = []
    for branch in branches:
        seeds = [(branch.outputs[i], g) for i, g in grads.items()]
        found = backpropagate(K, seeds, targets, set(captured))
        outputs = [found.get(id(c)) for c in targets]
        outputs = [
            K.fill_like(c, 0.0, c.dtype) if g is None else g
            for c, g in zip(targets, outputs, strict=True)
        ]
        results.append(trace.branch(outputs, branch.start, given))
    specs = [(c.shape, c.dtype) for c in targets]
    inputs = (predicate, *results[0].captured, *results[1].captured)
    items = K.record.node(node.op, (predicate, *results), inputs, specs)
    return list(zip(targets, items, strict=True))


@composite
def switch(K, condition, then_expression, else_expression):
    """One of two expressions, chosen by a scalar, or element by element.

    Args:
        condition: a scalar (bool, or a number that is true unless 0), or a tensor of at most the
            rank of the expressions, which it is compared with from the first axis on.
        then_expression, else_expression: tensors, numbers, or functions without arguments that
            return a tensor. With a scalar condition only one of two functions is computed.

    Raises:
        ValueError: condition has a higher rank than the expressions.
    """
    if isinstance(condition, (bool, int, float, np.bool_)):
        return _call(then_expression) if condition else _call(else_expression)
    if K.dtype(condition) != "bool":
        condition = K.not_equal(condition, 0)
    rank = K.ndim(condition)
    if rank == 0 and (callable(then_expression) or callable(else_expression)):
        return K.cond(
            condition,
            then_expression if callable(then_expression) else lambda: then_expression,
            else_expression if callable(else_expression) else lambda: else_expression,
        )
    then_expression, else_expression = _call(then_expression), _call(else_expression)
    target = max(K.ndim(then_expression), K.ndim(else_expression))
    if rank > target:
        raise ValueError(
            f"switch(): Rank of `condition` should be less than or equal to rank of "
            "`then_expression` "
            f"and `else_expression`; got ranks {rank} and {target}."
        )
    for _ in range(target - rank if rank else 0):
        condition = K.expand_dims(condition, -1)
    return K.where(condition, then_expression, else_expression)


# Loops


def _record_scan(K, step, xs, init, length=None, reverse=False):
    """Traces step once; see `scan`."""
    record = K.record
    xs = tuple(x if type(x) in K.SYMBOLIC else record.constant(x) for x in xs)
    init = tuple(x if type(x) in K.SYMBOLIC else record.constant(x) for x in init)
    if length is None:
        sizes = [x.shape[0] for x in xs if x.shape[0] is not None]
        length = sizes[0] if sizes else record.scalar(K.shape(xs[0])[0], [], integer=True)
    start = trace.now()
    states = [trace.parameter(K, "state", x.shape, x.dtype, x.sizes) for x in init]
    slices = [trace.parameter(K, "slice", x.shape[1:], x.dtype, x.sizes[1:]) for x in xs]
    new_states, outputs = step(*states, *slices)
    new_states = [_state(K, new, old) for new, old in zip(new_states, init, strict=True)]
    outputs = [y if type(y) in K.SYMBOLIC else record.constant(y) for y in outputs]
    results = [*new_states, *outputs]
    slices, xs = hoisting.lifted(K, states, slices, xs, results, start)
    body = trace.loop((*states, *slices), results, start)
    specs = []
    for a, b in zip(init, new_states, strict=True):
        named = (a.sizes,) if a.sizes == b.sizes else ()
        specs.append((_common_shape(a.shape, b.shape), a.dtype, *named))
    specs += [stacked_spec(y, length) for y in outputs]
    inputs = (*xs, *init, *body.captured)
    if type(length) in K.SYMBOLIC:
        inputs = (*inputs, length)
    args = (body, tuple(xs), init, length, reverse)
    items = record.node(K.declarations["scan"], args, inputs, specs)
    whole = {id(s): x for s, x in zip(slices, xs, strict=True)}
    count = len(init)
    return (
        *items[:count],
        *(whole.get(id(y), i) for y, i in zip(outputs, items[count:], strict=True)),
    )


def _state(K, new, old):
    """A new state in the dtype of the old one."""
    new = new if type(new) in K.SYMBOLIC else K.record.constant(new, old.dtype)
    if len(new.shape) != len(old.shape) or any(
        None not in (a, b) and a != b for a, b in zip(new.shape, old.shape, strict=True)
    ):
        raise ValueError(
            f"a loop's state must keep its shape: it starts as {old.shape} and becomes {new.shape}."
        )
    return new if new.dtype == old.dtype else K.cast(new, old.dtype)


@op(public=False, record=_record_scan)
def scan(
    step: Plain, xs: Tensors, init: Tensors, length: Plain = None, reverse: Plain = False
) -> Spec:
    """Runs step along the first axis of some tensors.

    Args:
        step: step(*states, *slices) -> (new states, outputs), two sequences of tensors.
        xs: tensors of one length; a slice of each goes to step.
        init: the first states.
        length: number of steps, None for the length of xs.
        reverse: whether to begin with the last slice; outputs keep their places.

    Returns:
        A tuple: the last states, then the outputs, stacked along a new first axis.
    """


gradient(scan, "*")(scan_gradient)


@composite
def rnn(
    K,
    step_function,
    inputs,
    initial_states,
    go_backwards=False,
    mask=None,
    constants=None,
    unroll=False,
    input_length=None,
):
    """Runs a step function along the time axis.

    Args:
        step_function: step(x, states + constants) -> (output, new states) with x (batch, ...),
            states and constants lists of tensors. It is traced once, after one call on the first
            time step.
        inputs: (batch, time, ...), rank 3 or more.
        initial_states: list of tensors; they may have other shapes than the output, or be none.
        go_backwards: whether to begin with the last step; outputs come in the order of iteration.
        mask: (batch, time) or (batch, time, 1), 0 or False where a step is to be skipped: the
            output is then the one before (zeros at first), and the states stay.
        constants: list of tensors that every step gets after the states.
        unroll: write the loop out; the number of steps must be known.
        input_length: the number of steps, where it is not known from the shape.

    Returns:
        (last output, outputs of shape (batch, time, ...), list of the last states).

    Raises:
        ValueError: inputs has a rank below 3, or unroll is set and the number of steps is not
            known.
    """
    rank = K.ndim(inputs)
    if rank < 3:
        raise ValueError(
            f"rnn(): Input should be at least 3D, got the shape {K.int_shape(inputs)}."
        )
    constants = list(constants or ())
    states = list(initial_states)
    xs = time_first(K, inputs, mask, go_backwards)
    if unroll:
        steps = K.int_shape(inputs)[1]
        if steps is None:
            raise ValueError("rnn(): Unrolling requires a fixed number of timesteps.")
        return _unrolled(K, step_function, xs, states, constants, steps)
    first, _ = step_function(K.getitem(xs[0], (0,)), states + constants)
    carried = [] if mask is None else [_blank(K, inputs, first)]
    return looped(K, step_function, xs, states, constants, carried)


def time_first(K, inputs, mask, go_backwards):
    """What a loop over time goes through: inputs of shape (time, batch, ...), and the mask if any,
    (time, batch, 1).
    """
    xs = [K.permute_dimensions(inputs, (1, 0, *range(2, K.ndim(inputs))))]
    if mask is not None:
        mask = mask if K.ndim(mask) == 3 else K.expand_dims(mask, -1)
        mask = mask if K.dtype(mask) == "bool" else K.not_equal(mask, 0)
        xs.append(K.permute_dimensions(mask, (1, 0, 2)))
    return [K.reverse(x, 0) for x in xs] if go_backwards else xs


def looped(K, step_function, xs, states, constants, carried):
    """The results of rnn() from what `time_first` gives; the step was called once before.

    Args:
        carried: [the output before the first step] where masked steps repeat the output before; if
            they give the first state instead, or there is no mask, [].
    """
    is_masked = len(xs) > 1
    output_is_state = []

    def step(*args):
        before, now = args[: len(states)], args[len(states) + len(carried) :]
        output, new = step_function(now[0], [*before, *constants])
        new = list(new)
        if is_masked:
            previous = args[len(states) if carried else 0]
            output = K.where(_mask_for(K, now[1], output), output, previous)
            new = [K.where(_mask_for(K, now[1], n), n, o) for n, o in zip(new, before, strict=True)]
            return [*new, *([output] if carried else [])], [output]
        output_is_state[:] = [i for i, n in enumerate(new) if n is output]
        return new, [output]

    results = K.scan(step, xs, [*states, *carried])
    outputs = results[-1]
    if carried:
        last = results[len(states)]
    elif output_is_state:
        last = results[output_is_state[0]]
    else:
        last = K.getitem(outputs, (-1,))
    order = (1, 0, *range(2, K.ndim(outputs)))
    return last, K.permute_dimensions(outputs, order), list(results[: len(states)])


def _mask_for(K, mask, x):
    """A (batch, 1) mask with as many axes as x."""
    rank = K.ndim(x)
    if rank == 1:
        return K.squeeze(mask, 1)
    for _ in range(rank - 2):
        mask = K.expand_dims(mask, -1)
    return mask


def _blank(K, inputs, output):
    """Zeros of the shape of a step's output."""
    if type(output) in K.SYMBOLIC and None not in output.shape[1:] and output.shape[0] is None:
        return K.fill((K.shape(inputs)[0], *output.shape[1:]), 0.0, output.dtype)
    return K.fill_like(output, 0, K.dtype(output))


def _unrolled(K, step_function, xs, states, constants, steps):
    outputs = []
    for t in range(steps):
        now = [K.getitem(x, (t,)) for x in xs]
        output, new = step_function(now[0], [*states, *constants])
        new = list(new)
        if len(xs) > 1:
            previous = outputs[-1] if outputs else _blank(K, now[0], output)
            output = K.where(_mask_for(K, now[1], output), output, previous)
            new = [K.where(_mask_for(K, now[1], n), n, o) for n, o in zip(new, states, strict=True)]
        states = new
        outputs.append(output)
    return outputs[-1], K.stack(outputs, 1), states


@composite
def map_fn(K, fn, elems, name=None, dtype=None):
    """Applies fn to each entry along the first axis and stacks the results.

    Args:
        fn: function of one entry, or of a tuple of entries if elems is a list of tensors; it may
            return several tensors.
        elems: tensor, or a list of tensors of one length.
        name: ignored.
        dtype: dtype of the result, or a list of dtypes; None for those that fn returns.
    """
    several = isinstance(elems, (list, tuple))
    packed = []

    def step(*slices):
        result = fn(type(elems)(slices)) if several else fn(slices[0])
        packed[:] = [isinstance(result, (list, tuple))]
        return (), list(result) if packed[0] else [result]

    results = list(K.scan(step, list(elems) if several else [elems], []))
    if dtype is not None:
        wanted = dtype if isinstance(dtype, (list, tuple)) else [dtype] * len(results)
        results = [K.cast(x, d) for x, d in zip(results, wanted, strict=True)]
    return results if packed[0] else results[0]


@composite
def foldl(K, fn, elems, initializer=None, name=None):
    """Combines the entries along the first axis from left to right.

    Args:
        fn: function (accumulated, entry) -> accumulated.
        elems: tensor.
        initializer: the first accumulated value, None for the first entry.
        name: ignored.
    """
    if initializer is None:
        initializer = K.getitem(elems, (0,))
        elems = K.getitem(elems, (slice(1, None),))
    return K.scan(lambda total, x: ([fn(total, x)], ()), [elems], [initializer])[0]


@composite
def foldr(K, fn, elems, initializer=None, name=None):
    """Combines the entries along the first axis from right to left; see K.foldl."""
    if initializer is None:
        initializer = K.getitem(elems, (-1,))
        elems = K.getitem(elems, (slice(-1),))
    return K.scan(lambda total, x: ([fn(total, x)], ()), [elems], [initializer], None, True)[0]
