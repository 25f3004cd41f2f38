"""Connectionist temporal classification (Graves et al., 2006): loss and decoding.

The loss is plain K: a scan over the forward variables in the log domain, so that its gradient is a
scan too.
"""

from kswitch.declare import Plain, Spec, Tensor, composite, op

ALL = slice(None)
NEVER = -1e30  # the logarithm of a probability of 0; finite, so that gradients are


@composite
def ctc_batch_cost(K, y_true, y_pred, input_length, label_length):
    """The CTC loss of each sample.

    Args:
        y_true: (batch, max_label_length), integer labels.
        y_pred: (batch, time, classes), probabilities; the last class is the blank.
        input_length: (batch, 1), the number of time steps that count.
        label_length: (batch, 1), the number of labels that count.

    Returns:
        (batch, 1), the negative logarithm of the probability of the labels; inf if they do not fit
        into the time steps.
    """
    dtype = K.dtype(y_pred)
    if dtype in ("float16", "bfloat16"):
        y_pred = K.cast(y_pred, "float32")
    labels = K.cast(y_true, "int32")
    lengths = K.reshape(K.cast(label_length, "int32"), (-1, 1))
    steps = K.reshape(K.cast(input_length, "int32"), (-1, 1))
    logs = K.log_softmax(K.log(y_pred + K.epsilon()), -1)
    emissions = K.permute_dimensions(_emissions(K, logs, labels), (1, 0, 2))
    skips = _skips(K, labels)
    start = K.getitem(emissions, (0,))
    places = K.class_numbers(start, 1)  # (1, states)
    first = K.where(K.equal(places, 0), 0.0, NEVER)
    alpha = K.broadcast_like(K.cast(first, K.dtype(logs)), start)
    times = K.cumsum(K.fill_like(K.getitem(emissions, (ALL, 0, 0)), 1, "int32"), 0) - 1

    def step(alpha, emission, time):
        before = _shifted(K, alpha, 1)
        skipped = K.where(skips, _shifted(K, alpha, 2), NEVER)
        new = K.logsumexp(K.stack([alpha, before, skipped], -1), -1) + emission
        return [K.where(K.less(time, steps), K.maximum(new, NEVER), alpha)], ()

    alpha = K.scan(step, [emissions, times], [alpha])[0]
    ends = K.logical_or(K.equal(places, 2 * lengths), K.equal(places, 2 * lengths - 1))
    likelihood = K.logsumexp(K.where(ends, alpha, NEVER), 1, True)
    cost = K.where(likelihood < 0.5 * NEVER, float("inf"), -likelihood)
    return K.cast(cost, dtype) if K.dtype(cost) != dtype else cost


def _emissions(K, logs, labels):
    """The log-probability of blank, label, blank, …, label, blank: (batch, time, states)."""
    classes = K.int_shape(logs)[2]
    chosen = K.cast(
        K.one_hot(labels, K.shape(logs)[2] if classes is None else classes), K.dtype(logs)
    )
    of_labels = K.matmul(logs, chosen, False, True)  # (batch, time, labels)
    blank = K.getitem(logs, (ALL, ALL, slice(-1, None)))
    of_blanks = K.broadcast_like(blank, of_labels)
    pairs = K.stack([of_blanks, of_labels], -1)
    states = K.int_shape(labels)[1]
    states = K.shape(labels)[1] if states is None else states
    time = K.int_shape(logs)[1]
    time = K.shape(logs)[1] if time is None else time
    return K.concatenate([K.reshape(pairs, (-1, time, 2 * states)), blank], 2)


def _skips(K, labels):
    """Whether a state may follow the one two before it: a label that differs from the
    label before.
    """
    differs = K.not_equal(
        K.getitem(labels, (ALL, slice(1, None))), K.getitem(labels, (ALL, slice(-1)))
    )
    first = K.cast(K.fill_like(K.getitem(labels, (ALL, slice(1))), 0, "int32"), "bool")
    of_labels = K.concatenate([first, differs], 1)
    never = K.cast(K.fill_like(labels, 0, "int32"), "bool")
    states = K.int_shape(labels)[1]
    states = K.shape(labels)[1] if states is None else states
    pairs = K.reshape(K.stack([never, of_labels], -1), (-1, 2 * states))
    return K.concatenate([pairs, first], 1)


def _shifted(K, alpha, places):
    """alpha moved towards later states."""
    start = K.fill_like(K.getitem(alpha, (ALL, slice(places))), NEVER, K.dtype(alpha))
    return K.concatenate([start, K.getitem(alpha, (ALL, slice(-places)))], 1)


@op(public=False, differentiable=False, dynamic=True)
def ctc_paths(
    logits: Tensor,
    input_length: Tensor,
    greedy: Plain,
    beam_width: Plain,
    top_paths: Plain,
    merge_repeated: Plain,
) -> list:
    """Decodes logits (batch, time, classes); see K.ctc_decode.

    Returns:
        top_paths tensors (batch, length), int64, padded with -1, and the scores.
    """
    batch = logits.shape[0]
    paths = [Spec((batch, None), "int64") for _ in range(top_paths)]
    return [*paths, Spec((batch, top_paths), logits.dtype)]


@composite
def ctc_decode(
    K, y_pred, input_length, greedy=True, beam_width=100, top_paths=1, merge_repeated=False
):
    """The most probable labels of each sample.

    Args:
        y_pred: (batch, time, classes), probabilities; the last class is the blank.
        input_length: (batch,), the number of time steps that count.
        greedy: take the best class of each step; else search with a beam.
        beam_width: number of prefixes that the search keeps.
        top_paths: number of paths that the search returns.
        merge_repeated: merge equal neighbours in the paths of the search.

    Returns:
        (list of top_paths tensors (batch, length) of int64 padded with -1, scores). The scores of a
        search are log-probabilities (batch, top_paths); the greedy one is the negative sum of the
        logarithms of the chosen probabilities, (batch, 1).

    Raises:
        ValueError: top_paths is not 1 with greedy, or above beam_width.
    """
    top_paths = 1 if greedy else top_paths
    if not 1 <= top_paths <= beam_width:
        raise ValueError(
            f"ctc_decode(): top_paths must be between 1 and beam_width={beam_width}, got "
            f"{top_paths}."
        )
    logits = K.log(y_pred + K.epsilon())
    lengths = K.reshape(K.cast(input_length, "int32"), (-1,))
    results = K.ctc_paths(logits, lengths, greedy, beam_width, top_paths, merge_repeated)
    return list(results[:-1]), results[-1]


@composite
def ctc_label_dense_to_sparse(K, labels, label_lengths):
    """Padded labels as a sparse tensor that holds just those that count, row by row.

    Args:
        labels: (batch, max_label_length).
        label_lengths: (batch,), the number of labels that count.

    Returns:
        A sparse tensor of the shape and dtype of labels.
    """
    lengths = K.reshape(K.cast(label_lengths, "int32"), (-1, 1))
    wanted = K.less(K.class_numbers(labels, 1), lengths)
    return K.sparse_where(labels, wanted)
