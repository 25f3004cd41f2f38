"""Crossentropies, ranks and lengths."""

import numpy as np
from kswitch.conformance import oracle
from kswitch.conformance.arrays import bools, floats, ints, shares
from kswitch.conformance.case import Case, Raises, program

P = shares(3, 4)
Q = shares(3, 4, seed=1)
LOGITS = floats(3, 4, low=-4, high=4)
SURE = np.array([[100.0, -100, 0], [0, 100, 90]], "float32")
CASES = [
    Case("categorical_crossentropy", (Q, P), oracle.categorical_crossentropy, batch=(0, 1), grad=2,
         static=(None,)),
    Case("categorical_crossentropy", (Q, floats(3, 4, low=0.5, high=4)),
         oracle.categorical_crossentropy, id="not-normalised", batch=(0, 1)),
    Case("categorical_crossentropy", (Q, LOGITS, True), oracle.categorical_crossentropy,
         id="logits",
         batch=(0, 1), grad=2),
    Case("categorical_crossentropy", (Q, LOGITS, floats(3, 4, seed=5)), id="two", batch=(),
         want=lambda t, x, y: oracle.categorical_crossentropy(t, x, True)
         - 2 * oracle.categorical_crossentropy(t, y, True), grad=False,
         build=lambda K, t, x, y: K.categorical_crossentropy(t, x, True)
         - K.categorical_crossentropy(t, y, True) * 2),
    Case("categorical_crossentropy", (Q, LOGITS), oracle.categorical_crossentropy,
         {"from_logits": True, "axis": 0}, id="logits-axis0", batch=(0, 1)),
    Case("categorical_crossentropy", (shares(3, 4, 2, axis=1), shares(3, 4, 2, axis=1, seed=1)),
         oracle.categorical_crossentropy, {"axis": 1}, id="axis1", batch=(0, 1)),
    Case("categorical_crossentropy", (shares(2, 3, 4), shares(2, 3, 4, seed=1)),
         oracle.categorical_crossentropy, id="rank3", batch=(0, 1)),
    Case("categorical_crossentropy", (np.eye(2, 3, dtype="float32"), np.eye(2, 3, 1, "float32")),
         oracle.categorical_crossentropy, id="clipped", batch=(0, 1), grad=False),
    Case("categorical_crossentropy", (np.eye(2, 3, 1, "float32"), SURE), [200.0, 10],
         {"from_logits": True}, id="sure-logits", batch=(0, 1), tolerance=1e-4),
    Case("sparse_categorical_crossentropy", (ints(3, high=4), P),
         oracle.sparse_categorical_crossentropy, batch=(0, 1), grad=2, static=(None,)),
    Case("sparse_categorical_crossentropy", (ints(3, 1, high=4), P),
         oracle.sparse_categorical_crossentropy, id="column", batch=(0, 1)),
    Case("sparse_categorical_crossentropy", (ints(3, high=4), LOGITS, True),
         oracle.sparse_categorical_crossentropy, id="logits", batch=(0, 1), grad=2),
    Case("sparse_categorical_crossentropy", (ints(2, 3, high=4), shares(2, 3, 4)),
         oracle.sparse_categorical_crossentropy, id="rank3", batch=(0, 1)),
    Case("sparse_categorical_crossentropy", (ints(2, 3, high=4), shares(2, 4, 3, axis=1)),
         oracle.sparse_categorical_crossentropy, {"axis": 1}, id="axis1", batch=(0, 1)),
    Case("sparse_categorical_crossentropy", (ints(4, high=3), floats(3, 4)),
         oracle.sparse_categorical_crossentropy, {"axis": 0, "from_logits": True}, id="axis0",
         batch=()),
    Case("sparse_categorical_crossentropy", (np.array([1, 1], "int32"), SURE), [200.0, 0],
         {"from_logits": True}, id="sure-logits", batch=(0, 1), tolerance=1e-4),
    Case("binary_crossentropy", (shares(3, 4), shares(3, 4, seed=1)), oracle.binary_crossentropy,
         batch=(0, 1), grad=2, static=(None, 4)),
    Case("binary_crossentropy", (shares(3, 4), LOGITS, True), oracle.binary_crossentropy,
         id="logits",
         batch=(0, 1), grad=2),
    Case("binary_crossentropy",
         (np.array([0, 1, 0, 1], "float32"), np.array([0, 1, 1, 0], "float32")),
         [0.0, 0.0, 15.33, 15.33], id="clipped", batch=(0, 1), grad=False, tolerance=1e-2),
    Case("binary_crossentropy",
         (np.array([0, 1, 0], "float32"), np.array([100, 100, -100], "float32")),
         [100.0, 0, 0], {"from_logits": True}, id="sure-logits", batch=(0, 1), tolerance=1e-5),
    Case("binary_crossentropy", (bools(3, 4).astype("float32"), shares(3, 4)),
         oracle.binary_crossentropy, id="targets", batch=(0, 1), inner=(1,)),
    *(
        Raises(op, (floats(2, 3) if op[0] == "c" else ints(2, high=3), shares(2, 3)), ValueError,
               f"{op}.*Unexpected channels axis {axis}", {"axis": axis}, id=f"axis{axis}",
               native=True)
        for op in ("categorical_crossentropy", "sparse_categorical_crossentropy")
        for axis in (2, -3)
    ),
    *(
        Case("in_top_k", (floats(4, 5), ints(4, high=5), k), oracle.in_top_k, id=f"{k}", grad=False,
             batch=(0, 1))
        for k in (0, 1, 2, 3, 5, 7)
    ),
    Case("in_top_k",
         (np.array([[1, 2, 2, 3], [5, 5, 5, 5]], "float32"), np.array([1, 3], "int32"), 2),
         [True, True], id="ties", grad=False, batch=(0, 1)),
    Case("in_top_k", (np.array([[1, 2, 2, 3]] * 3, "float32"), np.array([0, 2, 3], "int32"), 1),
         [False, False, True], id="ties-out", grad=False, batch=(0, 1)),
    Case("l2_normalize", (floats(2, 3),), oracle.l2_normalize, grad=2),
    Case("l2_normalize", (floats(2, 3),), oracle.l2_normalize, {"axis": -1}, id="last"),
    Case("l2_normalize", (floats(2, 3, 4), 1), oracle.l2_normalize, id="axis1"),
    Case("l2_normalize", (floats(2, 3, 4),), oracle.l2_normalize, {"axis": [0, 2]}, id="axes"),
    Case("l2_normalize", (np.zeros((2, 3), "float32"),), np.zeros((2, 3)), {"axis": 1}, id="zeros",
         grad=False),
]  # fmt: skip


@program("binary_crossentropy", CASES)
def values_of_keras_231(K):
    """losses_test.py of Keras 2.3.1: 15.333 where a certainty is wrong, 3.833 on average."""
    loss = K.binary_crossentropy(K.constant([1.0, 0, 1, 0]), K.constant([1.0, 1, 1, 0]))
    np.testing.assert_allclose(K.eval(loss), [0, 15.333, 0, 0], atol=1e-3)
    np.testing.assert_allclose(K.eval(K.mean(loss)), 3.833, atol=1e-3)


@program("binary_crossentropy", CASES)
def gradient_at_a_logit_of_0(K):
    """Half a probability off, although the formula has corners there."""
    x = K.variable([0.0, 0.0, 0.0])
    loss = K.binary_crossentropy(K.constant([0.0, 1.0, 0.25]), x, from_logits=True)
    np.testing.assert_allclose(K.eval(K.gradients(loss, [x])[0]), [0.5, -0.5, 0.25], 1e-6)


@program("categorical_crossentropy", CASES)
def epsilon_limits_the_loss(K):
    K.set_epsilon(1e-3)
    loss = K.categorical_crossentropy(K.constant([1.0, 0]), K.constant([0.0, 1]))
    np.testing.assert_allclose(K.eval(loss), -np.log(1e-3), 1e-5)


@program("sparse_categorical_crossentropy", CASES)
def targets_may_be_floats(K):
    target = K.constant([2.0, 0.0])
    loss = K.sparse_categorical_crossentropy(target, K.constant([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]))
    np.testing.assert_allclose(K.eval(loss), -np.log([0.5, 0.6]), 1e-5)


@program("sparse_categorical_crossentropy", CASES)
def number_of_classes_may_be_unknown(K):
    target, output = K.placeholder((None,), dtype="int32"), K.placeholder((None, None))
    loss = K.sparse_categorical_crossentropy(target, output, from_logits=True)
    got = K.function([target, output], [loss])([np.array([1, 2]), np.zeros((2, 4))])[0]
    np.testing.assert_allclose(got, [np.log(4)] * 2, 1e-6)
