"""Where a version of Keras computes otherwise than K, and its layers and tests rely on it."""

from kswitch.compile.function import Function
from kswitch.ops import control


class NumberFunction(Function):
    """A compiled graph whose results of rank 0 are NumPy's numbers, not arrays.

    TensorFlow gave such, they are kept in a model's History, and `round` takes no array.
    """

    def __call__(self, inputs=()):
        results = super().__call__(inputs)
        return results[()] if self.single else [x[()] for x in results]


def function(K, inputs, outputs, updates=None, **kwargs):
    """A function that computes outputs from inputs and then updates variables; see K.function."""
    made = K.function(inputs, outputs, updates, **kwargs)
    made.__class__ = NumberFunction
    return made


def eval(K, x):
    """The value of a tensor as a NumPy array, or number if it is a scalar; see K.eval."""
    return K.eval(x)[()]


def get_value(K, x):
    """The value of a variable as a NumPy array, or number if it is a scalar; see K.get_value."""
    return K.get_value(x)[()]


def relu(K, x, alpha=0.0, max_value=None, threshold=0.0):
    """Rectified linear unit; see K.relu.

    With a max_value, what lies between a threshold below 0 and 0 is 0, not x.
    """
    if max_value is None or threshold >= 0:
        return K.relu(x, alpha, max_value, threshold)
    return K.clip(x, 0.0, max_value) + alpha * K.minimum(x - threshold, 0.0)


def batch_dot(K, x, y, axes=None):
    """Product of two batches; all leading axes are batch, not the first one alone.

    Args:
        x, y: rank 2 or more; the lower rank gets axes of size 1 at its end.
        axes: the axis of each to sum over, one of the last two; an int for both, or None: the last
            axis of x with the last but one of y.

    Raises:
        ValueError: axes lists several axes for one tensor.
    """
    rank_x, rank_y = K.ndim(x), K.ndim(y)
    axes = (axes, axes) if isinstance(axes, int) else axes or (rank_x - 1, rank_y - 2)
    if any(isinstance(a, (list, tuple)) for a in axes):
        raise ValueError(
            "Multiple target dimensions are not supported. Expected: None, int, (int, int), "
            f"Provided: {axes}"
        )
    missing = abs(rank_x - rank_y)
    rank = max(rank_x, rank_y)
    for _ in range(rank - rank_x):
        x = K.expand_dims(x)
    for _ in range(rank - rank_y):
        y = K.expand_dims(y)
    if rank == 2:
        product = x * y if axes[0] == axes[1] else K.transpose(x) * y
        result = K.sum(product, axes[0] if axes[0] == axes[1] else axes[1])
    else:
        swapped = (*range(rank - 2), rank - 1, rank - 2)
        left = x if axes[0] == rank - 1 else K.permute_dimensions(x, swapped)
        right = K.permute_dimensions(y, swapped) if axes[1] == rank - 1 else y
        result = K.matmul(left, right)
    first = rank_x + rank_y - 3 if rank_x > rank_y else rank_x - 1
    for _ in range(missing):
        result = K.squeeze(result, first)
    return K.expand_dims(result, 1) if K.ndim(result) == 1 else result


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
    """Runs a step function along the time axis; see K.rnn.

    Where a step is masked the output is the first state, which a step function of Keras 2.2
    makes equal to its output: before the first step that is an initial state, not 0. Unrolled it
    is the output before, and 0 at first.

    Raises:
        ValueError: there is a mask, and no state.
    """
    options = {"constants": constants, "unroll": unroll, "input_length": input_length}
    if mask is None or unroll:
        return K.rnn(step_function, inputs, initial_states, go_backwards, mask, **options)
    if not initial_states:
        raise ValueError(
            "rnn(): No initial states provided! With a mask the output of a masked step is the "
            "first state."
        )
    states, constants = list(initial_states), list(constants or ())
    xs = control.time_first(K, inputs, mask, go_backwards)
    step_function(K.getitem(xs[0], (0,)), states + constants)  # masks for dropout are made there
    return control.looped(K, step_function, xs, states, constants, [])


def moving_average_update(K, x, value, momentum):
    """The update x <- average of all values so far, as if it had not begun with x.

    The average begins with 0 and is divided by 1 - momentum ** updates, which takes that beginning
    out. What it sums up is kept beside x, not in a model's weights.
    """
    total = K.zeros(K.int_shape(x), K.dtype(x))
    updates = K.zeros((), K.dtype(x))
    new_total = total * momentum + value * (1.0 - momentum)
    new_updates = updates + 1.0
    kept = [K.update(total, new_total), K.update(updates, new_updates)]
    new = new_total / (1.0 - K.pow(momentum, new_updates))
    with K.control_dependencies(kept):
        return K.update(x, K.identity(new))


def logit_crossentropy(K, target, output, from_logits=False):
    """binary_crossentropy of 2.2: the clipped probabilities are made logits first.

    Args:
        target: true probabilities.
        output: predicted ones, clipped to [epsilon(), 1 - epsilon()]; or logits.
        from_logits: whether output is logits.
    """
    if not from_logits:
        output = K.clip(output, K.epsilon(), 1.0 - K.epsilon())
        output = K.log(output / (1.0 - output))
    return K.binary_crossentropy(target, output, from_logits=True)


def binary_crossentropy(K, target, output, from_logits=False):
    """Crossentropy of each probability, of its logit if K.sigmoid gave it; see _logits.

    See K.binary_crossentropy.
    """
    output, from_logits = _logits("sigmoid", output, from_logits)
    return K.binary_crossentropy(target, output, from_logits)


def categorical_crossentropy(K, target, output, from_logits=False, axis=-1):
    """Crossentropy of distributions, of their logits if K.softmax gave them; see _logits.

    See K.categorical_crossentropy.
    """
    output, from_logits = _logits("softmax", output, from_logits)
    return K.categorical_crossentropy(target, output, from_logits, axis)


def sparse_categorical_crossentropy(K, target, output, from_logits=False, axis=-1):
    """Crossentropy of integer classes, of the logits if K.softmax gave output; see _logits.

    See K.sparse_categorical_crossentropy.
    """
    output, from_logits = _logits("softmax", output, from_logits)
    return K.sparse_categorical_crossentropy(target, output, from_logits, axis)


def _logits(activation, output, from_logits):
    """(what went into an activation, True) if it gave the output; else both as they are.

    The probability of a class that is ruled out is clipped, and has no gradient then, however wrong
    it is. Keras 2.3 on TensorFlow looks at what gave the output, too.
    """
    made_by = getattr(output, "op", None)
    if from_logits or made_by is None or made_by.name != activation:
        return output, from_logits
    x, *axis = output.args
    is_last = axis in ([], [-1], [output.ndim - 1])
    return (x, True) if is_last else (output, False)


def of(version):
    """{name: function that replaces that of K under a version of Keras}"""
    rules = {"function": function, "eval": eval, "get_value": get_value, "relu": relu}
    if version < (2, 3):
        rules["batch_dot"] = batch_dot
        rules["rnn"] = rnn
        rules["moving_average_update"] = moving_average_update
        rules["binary_crossentropy"] = logit_crossentropy
    else:
        rules["binary_crossentropy"] = binary_crossentropy
        rules["categorical_crossentropy"] = categorical_crossentropy
        rules["sparse_categorical_crossentropy"] = sparse_categorical_crossentropy
    return rules
