"""Connectionist temporal classification: loss and decoding."""

import itertools

import numpy as np
from kswitch.conformance.arrays import ints, shares
from kswitch.conformance.case import Case, Raises, program


def collapsed(path, blank):
    """A path without repetitions, then without blanks."""
    return tuple(label for label, _ in itertools.groupby(path) if label != blank)


def cost(y_true, y_pred, input_length, label_length):
    """Adds up the probabilities of all paths that collapse to the labels."""
    result = []
    for labels, p, steps, count in zip(y_true, y_pred, input_length, label_length, strict=True):
        p = p + 1e-7
        p = p / p.sum(-1, keepdims=True)
        wanted = tuple(labels[: int(count.item())])
        classes = p.shape[1]
        total = 0.0
        for path in itertools.product(range(classes), repeat=int(steps.item())):
            if collapsed(path, classes - 1) == wanted:
                total += np.prod([p[t, label] for t, label in enumerate(path)])
        result.append([-np.log(total) if total else np.inf])
    return np.array(result)


P = shares(2, 4, 3)
LABELS = np.array([[0, 1], [1, 1]], "int32")
FULL = np.array([[4], [4]], "int32")
CASES = [
    Case("ctc_batch_cost", (LABELS, P, FULL, np.array([[2], [2]], "int32")), cost,
         batch=(0, 1, 2, 3), static=(None, 1), tolerance=1e-4, grad=2),
    Case("ctc_batch_cost",
         (LABELS, P, np.array([[4], [3]], "int32"), np.array([[1], [2]], "int32")), cost,
         id="lengths", batch=(0, 1, 2, 3), tolerance=1e-4),
    Case("ctc_batch_cost", (LABELS, P, FULL, np.array([[0], [2]], "int32")), cost, id="no-label",
         batch=(0, 1, 2, 3), tolerance=1e-4),
    Case("ctc_batch_cost",
         (LABELS, P, np.array([[2], [2]], "int32"), np.array([[2], [2]], "int32")), cost,
         id="does-not-fit", batch=(), grad=False, tolerance=1e-4),
    Raises("ctc_decode", (P, np.array([4, 4], "int32")), ValueError,
           "top_paths must be between 1 and beam_width",
           {"greedy": False, "beam_width": 2, "top_paths": 3}, native=True),
]  # fmt: skip


@program("ctc_batch_cost", CASES)
def labels_and_lengths_may_be_floats(K):
    """As layers of Keras hand them over."""
    given = [LABELS, P, FULL, np.array([[2], [1]])]
    loss = K.ctc_batch_cost(*(K.variable(a) for a in given))
    np.testing.assert_allclose(K.eval(loss), cost(*given), 1e-4)


@program("ctc_batch_cost", CASES)
def values_of_the_keras_test(K):
    """backend_test.py of Keras 2.3.1 (after TensorFlow's ctc_loss_op_test.py): 3.34211, 5.42262."""
    labels = np.array([[0, 1, 2, 1, 0], [0, 1, 1, 0, 0]], "int32")
    p = np.array(
        [
            [
                [0.633766, 0.221185, 0.0917319, 0.0129757, 0.0142857, 0.0260553],
                [0.111121, 0.588392, 0.278779, 0.0055756, 0.00569609, 0.010436],
                [0.0357786, 0.633813, 0.321418, 0.00249248, 0.00272882, 0.0037688],
                [0.0663296, 0.643849, 0.280111, 0.00283995, 0.0035545, 0.00331533],
                [0.458235, 0.396634, 0.123377, 0.00648837, 0.00903441, 0.00623107],
            ],
            [
                [0.30176, 0.28562, 0.0831517, 0.0862751, 0.0816851, 0.161508],
                [0.24082, 0.397533, 0.0557226, 0.0546814, 0.0557528, 0.19549],
                [0.230246, 0.450868, 0.0389607, 0.038309, 0.0391602, 0.202456],
                [0.280884, 0.429522, 0.0326593, 0.0339046, 0.0326856, 0.190345],
                [0.423286, 0.315517, 0.0338439, 0.0393744, 0.0339315, 0.154046],
            ],
        ],
        "float32",
    )
    loss = K.ctc_batch_cost(
        K.variable(labels, dtype="int32"),
        K.variable(p),
        K.variable([[5], [5]], dtype="int32"),
        K.variable([[5], [4]], dtype="int32"),
    )
    np.testing.assert_allclose(K.eval(loss), [[3.34211], [5.42262]], 1e-3)


# Decoding


def decoded(K, p, lengths, **options):
    paths, scores = K.ctc_decode(K.variable(p), K.variable(lengths, dtype="int32"), **options)
    return [K.eval(x).tolist() for x in paths], K.eval(scores)


CERTAIN = np.array([[[8, 1, 1], [8, 1, 1], [1, 1, 8], [1, 8, 1], [8, 1, 1]]] * 2) / 10


@program("ctc_decode", CASES)
def greedy_collapses_and_pads(K):
    paths, scores = decoded(K, CERTAIN, [5, 3])
    assert paths == [[[0, 1, 0], [0, -1, -1]]]
    np.testing.assert_allclose(scores, -np.log(0.8 + 1e-7) * np.array([[5], [3]]), 1e-5)


@program("ctc_decode", CASES)
def greedy_paths_are_int64(K):
    paths, scores = K.ctc_decode(K.variable(CERTAIN), K.variable([5, 5], dtype="int32"))
    assert [K.dtype(x) for x in paths] == ["int64"]
    assert [K.eval(x).dtype.name for x in paths] == ["int64"]
    assert K.eval(scores).dtype == "float32"


def likeliest(p, steps):
    """The probability of every labelling, the likeliest first."""
    totals = {}
    p = p + 1e-7
    for path in itertools.product(range(p.shape[1]), repeat=steps):
        labels = collapsed(path, p.shape[1] - 1)
        totals[labels] = totals.get(labels, 0) + np.prod([p[t, k] for t, k in enumerate(path)])
    return sorted(totals.items(), key=lambda item: -item[1])


@program("ctc_decode", CASES)
def a_wide_beam_finds_the_likeliest_labellings(K):
    lengths = [4, 3]
    paths, scores = decoded(K, P, lengths, greedy=False, beam_width=50, top_paths=3)
    for sample, steps in enumerate(lengths):
        for rank, (labels, total) in enumerate(likeliest(P[sample].astype(float), steps)[:3]):
            found = [label for label in paths[rank][sample] if label >= 0]
            assert tuple(found) == labels
            assert abs(scores[sample, rank] - np.log(total)) < 1e-3


@program("ctc_decode", CASES)
def a_beam_is_better_than_the_greedy_path(K):
    """Two ways to one labelling outweigh the best single path."""
    p = np.array([[[0.4, 0.0, 0.6], [0.4, 0.0, 0.6]]])
    assert decoded(K, p, [2])[0] == [[[]]] or decoded(K, p, [2])[0] == [[[-1]]]
    assert decoded(K, p, [2], greedy=False, beam_width=10)[0] == [[[0]]]


@program("ctc_decode", CASES)
def merge_repeated_merges_neighbours(K):
    p = np.array([[[8, 1, 1], [1, 1, 8], [8, 1, 1]]]) / 10
    kept = decoded(K, p, [3], greedy=False, beam_width=10)[0]
    merged = decoded(K, p, [3], greedy=False, beam_width=10, merge_repeated=True)[0]
    assert kept == [[[0, 0]]]
    assert [label for label in merged[0][0] if label >= 0] == [0]


@program("ctc_decode", CASES)
def in_a_function_with_unknown_sizes(K):
    p, n = K.placeholder((None, None, 3)), K.placeholder((None,), dtype="int32")
    paths, scores = K.ctc_decode(p, n)
    function = K.function([p, n], [paths[0], scores])
    assert function([CERTAIN, [5, 3]])[0].tolist() == [[0, 1, 0], [0, -1, -1]]
    assert function([CERTAIN[:1, :2], [2]])[0].tolist() == [[0]]


@program("ctc_label_dense_to_sparse", CASES)
def keeps_the_labels_that_count(K):
    labels, lengths = np.array([[1, 2, 0], [3, 0, 0]]), np.array([2, 1])
    sparse = K.ctc_label_dense_to_sparse(
        K.variable(labels, dtype="int32"), K.variable(lengths, dtype="int32")
    )
    assert K.is_sparse(sparse)
    assert K.eval(K.to_dense(sparse)).tolist() == [[1, 2, 0], [3, 0, 0]]


@program("ctc_label_dense_to_sparse", CASES)
def drops_the_others(K):
    sparse = K.ctc_label_dense_to_sparse(
        K.variable(ints(2, 4, low=1, high=6), dtype="int32"), K.variable([1, 3], dtype="int32")
    )
    dense = K.eval(K.to_dense(sparse))
    assert ((dense > 0) == [[True, False, False, False], [True, True, True, False]]).all()
