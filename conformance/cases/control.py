"""Choices: switch, in_train_phase, in_test_phase."""

import numpy as np
from kswitch.conformance.arrays import bools, floats, ints
from kswitch.conformance.case import Case, Raises, program

X, Y = floats(2, 3), floats(2, 3, seed=1)
YES, NO = np.array(True), np.array(False)


def right(condition, x):
    """A condition that broadcasts from the first axis on."""
    return np.reshape(condition, np.shape(condition) + (1,) * (np.ndim(x) - np.ndim(condition)))


def chosen(condition, x, y):
    return np.where(right(condition, x if np.ndim(x) else y), x, y)


def switched(id, *args, **options):
    return Case("switch", args, chosen, id=id, **options)


def lazily(K, condition, x, y):
    return K.switch(condition, lambda: x, lambda: y)


CASES = [
    # a scalar condition
    *(
        switched(f"scalar-{name}", condition, X, Y, batch=(1, 2))
        for name, condition in (("true", YES), ("false", NO), ("int", np.array(2, "int32")),
                                ("float", np.array(0, "float32")))
        if name != "float"
    ),
    switched("scalar-float", np.array(0.5, "float32"), X, Y, batch=(1, 2), inner=(1, 2)),
    *(
        Case("switch", (condition, X, Y), chosen, id=f"callables-{name}", build=lazily,
             batch=(1, 2))
        for name, condition in (("true", YES), ("false", NO))
    ),
    *(
        Case("switch", (condition, X, Y), lambda c, x, y: chosen(c, 2 * x, x * y), batch=(1, 2),
             build=lambda K, c, x, y: K.switch(c, lambda: 2.0 * x, lambda: x * y), grad=2,
             id=f"computed-{name}")
        for name, condition in (("true", YES), ("false", NO))
    ),
    Case("switch", (YES, X, Y), chosen, id="one-callable", batch=(1, 2),
         build=lambda K, c, x, y: K.switch(c, lambda: x, y)),
    Case("switch", (NO, X, Y), lambda c, x, y: (chosen(c, x, y), chosen(c, y, x)), id="two-results",
         batch=(1, 2), build=lambda K, c, x, y: K.switch(c, lambda: [x, y], lambda: [y, x])),
    Case("switch", (YES, NO, X, Y), lambda a, b, x, y: x if a and b else x + y, id="nested",
         batch=(2, 3), build=lambda K, a, b, x, y: K.switch(
             a, lambda: K.switch(b, lambda: x, lambda: x + y), lambda: x + y)),
    Case("switch", (X,), lambda x: x * x if x.sum() > 0 else -x, id="decided-by-data",
         build=lambda K, x: K.switch(K.sum(x) > 0, lambda: x * x, lambda: -x)),
    # a condition for each element
    switched("elements", bools(2, 3), X, Y, batch=(0, 1, 2), grad=2),
    switched("rows", bools(2), X, Y, batch=(0, 1, 2)),
    switched("column", bools(2, 1), X, Y, batch=(0, 1, 2)),
    switched("lower-rank", bools(2, 3), floats(2, 3, 4), floats(2, 3, 4, seed=1), batch=(0, 1, 2)),
    switched("ints-as-condition", ints(2, 3, high=2), X, Y, batch=(0, 1, 2)),
    switched("number", bools(2, 3), X, 0.0, batch=(0, 1)),
    switched("number-first", bools(2, 3), 1.0, X, batch=(0, 1)),
    switched("int-number", bools(2, 3), X, 1, batch=(0, 1)),
    switched("ints", bools(2, 3), ints(2, 3, high=5), ints(2, 3, high=5, seed=1), batch=(0, 1, 2)),
    Case("switch", (X, Y), lambda x, y: np.where(x > y, x, y), id="comparison", batch=(0, 1),
         build=lambda K, x, y: K.switch(x > y, x, y)),
    Case("switch", (bools(2, 3), X), lambda c, x: np.where(c, x, 0), id="zeros-like", batch=(0, 1),
         build=lambda K, c, x: K.switch(c, x, K.zeros_like(x))),
    Case("switch", (bools(2, 3), X, Y), chosen, id="elements-callables", build=lazily,
         batch=(0, 1, 2)),
    # a condition that is known
    Case("switch", (X, Y), lambda x, y: x, id="python-true", inner=(0,), batch=(0, 1),
         build=lambda K, x, y: K.switch(True, x, y)),
    Case("switch", (X, Y), lambda x, y: y, id="python-false", inner=(1,), batch=(0, 1),
         build=lambda K, x, y: K.switch(0, lambda: x, lambda: y)),
    Raises("switch", (bools(2, 3, 4), X, Y), ValueError,
           "Rank of `condition` should be less than or equal to rank", native=True),
]  # fmt: skip


@program("switch", CASES)
def only_the_chosen_branch_stores_its_update(K):
    x, which = K.variable(1.0), K.placeholder((), dtype="bool")
    result = K.switch(which, lambda: x * 2.0, lambda: x * 3.0)
    function = K.function([which], [result])
    assert [float(function([c])[0]) for c in (True, False)] == [2, 3]


@program("switch", CASES)
def the_other_branch_is_not_computed(K):
    """Its logarithm of 0 would be felt in the gradient: 0 times infinity is not a number."""
    x = K.variable(0.0)
    y = K.switch(x > 0, lambda: K.log(x), lambda: x * 2.0)
    assert K.eval(K.gradients(y, [x])[0]) == 2


@program("switch", CASES)
def of_a_comparison_with_a_number(K):
    t = K.variable(7.0)
    y = K.switch(t >= 5, K.constant(1.0), K.constant(2.0))
    assert K.eval(y) == 1
    K.set_value(t, 3.0)
    assert K.eval(y) == 2


@program("switch", CASES)
def branches_may_be_numbers(K):
    c, rate = K.variable(1.0), K.variable(0.5)
    assert K.eval(K.switch(c > 0, rate, 0.0)) == 0.5
    assert K.eval(K.switch(c < 0, rate, 0.0)) == 0


# The phase

PHASES = (("in_train_phase", 1), ("in_test_phase", 0))
for op, first in PHASES:
    CASES += [
        Case(op, (X, Y, value), lambda x, y, t, first=first: x if bool(t) == bool(first) else y,
             id=f"training-{value}", inner=(0 if bool(value) == bool(first) else 1,), batch=(0, 1))
        for value in (0, 1, True, False)
    ]  # fmt: skip
    CASES += [
        Case(op, (X, Y, np.array(flag)), id=f"training-tensor-{flag}", batch=(0, 1),
             want=lambda x, y, t, first=first: x if bool(t) == bool(first) else y)
        for flag in (True, False)
    ]  # fmt: skip
    CASES += [
        Case(op, (X, Y), lambda x, y, first=first: y if first else x, id="default", batch=(0, 1),
             inner=(1 if first else 0,), native=False),
        Case(op, (X, Y), lambda x, y, first=first: 2 * y if first else x, id="callables",
             build=lambda K, x, y, op=op: getattr(K, op)(lambda: x, lambda: 2.0 * y), batch=(0, 1),
             inner=(1 if first else 0,), native=False),
        Case(op, (X, Y), lambda x, y, first=first: y if first else x, id="default-native", batch=(),
             grad=False),
    ]  # fmt: skip

    @program(op, CASES)
    def fed(K, op=op, first=first):
        x, y = K.placeholder((2, 3)), K.placeholder((2, 3))
        result = getattr(K, op)(x, lambda: y * 2.0)
        assert result._uses_learning_phase
        g = K.gradients(K.sum(result), [x, y])
        function = K.function([x, y, K.learning_phase()], [result, *g])
        for phase in (0, 1, 0):
            value, by_x, by_y = function([X, Y, phase])
            np.testing.assert_allclose(value, X if phase == first else 2 * Y, 1e-6)
            np.testing.assert_allclose(by_x, np.full((2, 3), float(phase == first)))
            np.testing.assert_allclose(by_y, np.full((2, 3), 2 * float(phase != first)))

    @program(op, CASES)
    def only_the_chosen_callable_is_called(K, op=op, first=first):
        called = []

        def branch(name):
            return lambda: called.append(name) or K.constant(1.0)

        getattr(K, op)(branch("x"), branch("y"), training=first)
        getattr(K, op)(branch("x"), branch("y"), training=1 - first)
        assert called == ["x", "y"]

    @program(op, CASES)
    def shapes_may_differ_if_training_is_known(K, op=op, first=first):
        x, y = K.zeros((3, 3)), K.zeros((2, 2))
        assert K.int_shape(getattr(K, op)(x, y, training=first)) == (3, 3)
        assert K.int_shape(getattr(K, op)(x, y, training=1 - first)) == (2, 2)


@program("in_train_phase", CASES)
def dropout_in_training_only(K):
    x = K.placeholder((20, 30))
    y = K.in_train_phase(lambda: K.dropout(x, 0.5), x)
    function = K.function([x, K.learning_phase()], [y])
    ones = np.ones((20, 30))
    assert (function([ones, 0])[0] == 1).all()
    trained = [function([ones, 1])[0] for _ in range(2)]
    assert set(np.unique(trained[0])) == {0, 2}
    assert (trained[0] != trained[1]).any()
