"""Crossentropies and what goes with them."""

from kswitch.declare import composite
from kswitch.ops.rules import axis_of


def _class_axis(name, axis, rank):
    if axis != -1 and axis not in range(rank):
        raise ValueError(
            f"{name}(): Unexpected channels axis {axis}. Expected to be -1 or one of the axes of "
            f"`output`, which has rank {rank}."
        )
    return axis_of(name, axis, rank)


@composite
def categorical_crossentropy(K, target, output, from_logits=False, axis=-1):
    """Crossentropy between two distributions.

    Args:
        target: true probabilities, of output's shape.
        output: predicted probabilities, which are normalised to sum 1 and clipped to
            [epsilon(), 1 - epsilon()]; or logits.
        from_logits: whether output is logits; they are not clipped.
        axis: the class axis.

    Returns:
        A tensor without the class axis.

    Raises:
        ValueError: axis is not -1 and not an axis of output.
    """
    axis = _class_axis("categorical_crossentropy", axis, K.ndim(output))
    if from_logits:
        return -K.sum(target * K.log_softmax(output, axis), axis)
    output = output / K.sum(output, axis, True)
    output = K.clip(output, K.epsilon(), 1.0 - K.epsilon())
    return -K.sum(target * K.log(output), axis)


@composite
def sparse_categorical_crossentropy(K, target, output, from_logits=False, axis=-1):
    """Crossentropy of integer classes.

    Args:
        target: true classes, integers in any shape that has as many elements as output has
            distributions.
        output: predicted probabilities, which are clipped to [epsilon(), 1 - epsilon()] and
            normalised; or logits.
        from_logits: whether output is logits.
        axis: the class axis.

    Returns:
        A tensor of output's shape without the class axis.

    Raises:
        ValueError: axis is not -1 and not an axis of output.
    """
    rank = K.ndim(output)
    axis = _class_axis("sparse_categorical_crossentropy", axis, rank)
    if not from_logits:
        output = K.log(K.clip(output, K.epsilon(), 1.0 - K.epsilon()))
    logs = K.log_softmax(output, axis)
    shape = K.int_shape(logs)
    sizes = [K.shape(logs)[i] if n is None else n for i, n in enumerate(shape) if i != axis]
    classes = K.reshape(K.cast(target, "int32"), sizes)
    chosen = K.equal(K.expand_dims(classes, axis), K.class_numbers(logs, axis))
    return -K.sum(K.where(chosen, logs, 0.0), axis)


@composite(public=False)
def class_numbers(K, x, axis):
    """0, 1, 2, … along an axis, as int32 of rank K.ndim(x) with size 1 in all other axes."""
    import numpy as np

    shape = K.int_shape(x)
    numbers = [1] * len(shape)
    numbers[axis] = -1
    if type(x) in K.SYMBOLIC:
        n = shape[axis]
        line = K.arange(0, K.shape(x)[axis]) if n is None else K.constant(np.arange(n), "int32")
        return K.reshape(line, numbers)
    return K.reshape(K.cast(np.arange(shape[axis], dtype="int32"), "int32"), numbers)


@composite
def binary_crossentropy(K, target, output, from_logits=False):
    """Element-wise crossentropy of independent yes/no decisions; no mean is taken.

    Args:
        target: true probabilities, of output's shape.
        output: predicted probabilities, clipped to [epsilon(), 1 - epsilon()]; or logits.
        from_logits: whether output is logits; they are not clipped.

    Returns:
        A tensor of output's shape. From probabilities p it is -(t log(p + epsilon()) +
        (1 - t) log(1 - p + epsilon())), as in Keras 2.3.1; Keras 2.2.4 went through the logit of p.
    """
    if from_logits:
        # relu and abs would do, were their gradients not 0 at 0
        above = K.greater_equal(output, 0.0)
        sure = K.where(above, output, 0.0)
        return sure - output * target + K.softplus(K.where(above, -output, output))
    output = K.clip(output, K.epsilon(), 1.0 - K.epsilon())
    positive = target * K.log(output + K.epsilon())
    negative = (1.0 - target) * K.log(1.0 - output + K.epsilon())
    return -(positive + negative)


@composite
def in_top_k(K, predictions, targets, k):
    """Whether the true class is among the k largest predictions; a tie with the k-th counts.

    Args:
        predictions: (batch, classes).
        targets: (batch,), integer classes.
        k: how many; below 1 nothing is in, from `classes` on everything.

    Returns:
        (batch,), bool.
    """
    columns = K.class_numbers(predictions, 1)
    chosen = K.equal(K.expand_dims(K.cast(targets, "int32"), -1), columns)
    score = K.sum(K.where(chosen, predictions, 0.0), 1, True)
    better = K.sum(K.cast(predictions > score, "int32"), 1)
    return K.less(better, k)


@composite
def l2_normalize(K, x, axis=None):
    """x over its Euclidean length along an axis (None: of all elements), at least 1e-6 long."""
    length = K.sum(K.square(x), axis, True)
    return x / K.sqrt(K.maximum(length, 1e-12))
