"""Values of variables, updates, the learning phase, names, sessions."""

import numpy as np
import pytest
from kswitch.conformance.arrays import floats
from kswitch.conformance.case import Raises, program

X = floats(2, 3)
CASES = []


def close(actual, expected, tolerance=1e-6):
    np.testing.assert_allclose(actual, expected, tolerance, tolerance)


# Values


@program("get_value", CASES)
def is_a_copy(K):
    x = K.variable(X)
    value = K.get_value(x)
    assert isinstance(value, np.ndarray)
    assert value.dtype == "float32"
    value[...] = 0
    np.testing.assert_array_equal(K.get_value(x), X)
    before = K.get_value(x)
    K.eval(K.update(x, x * 2.0))
    np.testing.assert_array_equal(before, X)
    close(K.get_value(x), X * 2)


@program("get_value", CASES)
def of_a_scalar_is_a_number(K):
    assert float(K.get_value(K.variable(0.5))) == 0.5


@program("set_value", CASES)
def takes_arrays_numbers_and_lists(K):
    x, rate = K.variable(X), K.variable(0.1)
    assert K.set_value(x, np.ones((2, 3))) is None
    close(K.get_value(x), np.ones((2, 3)))
    K.set_value(x, [[1, 2, 3], [4, 5, 6]])
    close(K.get_value(x), [[1, 2, 3], [4, 5, 6]])
    K.set_value(rate, 0.5)
    close(K.get_value(rate), 0.5)
    K.set_value(rate, np.float64(0.25))
    assert K.get_value(rate).dtype == "float32"


@program("set_value", CASES)
def copies_the_array(K):
    x, array = K.variable(X), np.ones((2, 3), "float32")
    K.set_value(x, array)
    K.eval(K.update(x, x * 5.0))
    np.testing.assert_array_equal(array, np.ones((2, 3)))
    array[...] = 7
    close(K.get_value(x), np.full((2, 3), 5.0))


@program("set_value", CASES)
def casts_to_the_variables_dtype(K):
    n = K.variable(0, dtype="int64")
    K.set_value(n, 3.0)
    assert (K.get_value(n), K.get_value(n).dtype) == (3, "int64")


@program("set_value", CASES)
def is_seen_by_compiled_functions(K):
    x = K.variable(1.0)
    function = K.function([], [x * 2.0])
    assert function([])[0] == 2
    K.set_value(x, 5.0)
    assert function([])[0] == 10


CASES += [
    Raises("set_value", (), ValueError, "cannot take a value of shape",
           build=lambda K: K.set_value(K.variable(X), np.ones((3, 2)))),
    Raises("set_value", (X,), TypeError, "x must be a variable", id="no-variable",
           build=lambda K, x: K.set_value(x + 1, 2.0)),
]  # fmt: skip


@program("batch_get_value", CASES)
def of_several(K):
    x, n = K.variable(X), K.variable(2, dtype="int32")
    listed = [x, n]
    values = K.batch_get_value(listed)
    assert listed[0] is x
    assert listed[1] is n
    for value, expected, dtype in zip(values, (X, 2), ("float32", "int32"), strict=True):
        np.testing.assert_array_equal(value, expected, strict=False)
        assert (value.shape, value.dtype) == (np.shape(expected), dtype)
    assert K.batch_get_value([]) == []


@program("batch_get_value", CASES)
def are_copies_of_the_newest_values(K):
    x, n = K.variable(X), K.variable(2.0)
    K.batch_get_value([x, n])[0][...] = 0
    close(K.get_value(x), X)
    before = K.batch_get_value([x, n])
    K.function([], [], updates=[K.update(x, x * 2.0), K.update(n, n + 1.0)])([])
    close(before[0], X)
    after = K.batch_get_value([x, n])
    close(after[0], X * 2)
    close(after[1], 3)


@program("batch_set_value", CASES)
def of_several_at_once(K):
    x, n = K.variable(X), K.variable(2, dtype="int32")
    pairs = [(x, np.ones((2, 3))), (n, 7)]
    assert K.batch_set_value(pairs) is None
    assert [pair[0] for pair in pairs] == [x, n]
    close(K.get_value(x), np.ones((2, 3)))
    assert K.get_value(n) == 7
    K.batch_set_value([])


@program("batch_set_value", CASES)
def zero_stands_for_zeros(K):
    """Metric.reset_states of Keras 2.3 sets every state to 0."""
    x = K.variable(X)
    K.batch_set_value([(x, 0)])
    close(K.get_value(x), np.zeros((2, 3)))


# Updates

UPDATES = {
    "update": (lambda K, x, y: K.update(x, y), lambda x, y: y),
    "update_add": (lambda K, x, y: K.update_add(x, y), lambda x, y: x + y),
    "update_sub": (lambda K, x, y: K.update_sub(x, y), lambda x, y: x - y),
    "moving_average_update": (
        lambda K, x, y: K.moving_average_update(x, y, 0.9),
        lambda x, y: 0.9 * x + 0.1 * y,
    ),
}
Y = floats(2, 3, seed=1)
for op, (update, want) in UPDATES.items():

    @program(op, CASES)
    def happens_when_the_function_runs(K, update=update, want=want):
        x = K.variable(X)
        new = update(K, x, K.variable(Y))
        close(K.get_value(x), X)
        function = K.function([], [], updates=[new])
        assert function([]) == []
        close(K.get_value(x), want(X, Y))
        function([])
        close(K.get_value(x), want(want(X, Y), Y))

    @program(op, CASES)
    def happens_when_it_is_evaluated(K, update=update, want=want):
        x = K.variable(X)
        close(K.eval(update(K, x, K.variable(Y))), want(X, Y))
        close(K.get_value(x), want(X, Y))

    @program(op, CASES)
    def takes_arrays(K, update=update, want=want):
        x = K.variable(X)
        K.function([], [], updates=[update(K, x, Y)])([])
        close(K.get_value(x), want(X, Y))

    @program(op, CASES)
    def takes_what_is_fed(K, update=update, want=want):
        x, y = K.variable(X), K.placeholder((2, 3))
        K.function([y], [], updates=[update(K, x, y)])([Y])
        close(K.get_value(x), want(X, Y))


@program("update_add", CASES)
def a_python_int_to_int64(K):
    n = K.variable(0, dtype="int64", name="iterations")
    function = K.function([], [n], updates=[K.update_add(n, 1)])
    assert [int(function([])[0]) for _ in range(3)] == [0, 1, 2]
    assert K.get_value(n) == 3
    assert K.get_value(n).dtype == "int64"


@program("update", CASES)
def keeps_the_dtype(K):
    x = K.variable(X)
    K.eval(K.update(x, K.variable([[1, 2, 3], [4, 5, 6]], dtype="int32")))
    assert K.get_value(x).dtype == "float32"


@program("update", CASES)
def swaps_two_variables(K):
    x, y = K.variable(X), K.variable(Y)
    function = K.function([], [x + 0.0], updates=[K.update(x, y), K.update(y, x)])
    close(function([])[0], X)
    close(K.get_value(x), Y)
    close(K.get_value(y), X)
    function([])
    close(K.get_value(x), X)


@program("update", CASES)
def of_a_scalar_variable_by_itself(K):
    x = K.variable(2.0)
    function = K.function([], [x * 10.0], updates=[K.update(x, x * x)])
    assert [float(function([])[0]) for _ in range(3)] == [20, 40, 160]


CASES += [
    Raises("update", (X,), TypeError, r"update\(\): x must be a variable",
           build=lambda K, x: K.update(
        x + 1, x)),
    Raises("update", (X,), ValueError, "cannot take a value of shape", id="shape",
           build=lambda K, x: K.update(x, np.ones((3, 2)))),
]  # fmt: skip


# The learning phase


@program("learning_phase", CASES)
def is_0_by_default(K):
    x = K.in_train_phase(K.constant(1.0), K.constant(0.0))
    assert K.eval(x) == 0
    assert K.function([], [x])([])[0] == 0


@program("learning_phase", CASES)
def can_be_fed(K):
    x = K.placeholder((2,))
    y = K.in_train_phase(x * 2.0, x * 3.0)
    function = K.function([x, K.learning_phase()], [y])
    for phase, factor in ((0, 3), (1, 2), (0, 3), (True, 2), (np.array(1), 2)):
        close(function([[1, 2], phase])[0], [factor, 2 * factor])


@program("learning_phase", CASES)
def takes_part_in_arithmetic(K):
    x = K.cast(K.learning_phase(), "float32") * 2.0
    function = K.function([K.learning_phase()], [x])
    assert [float(function([p])[0]) for p in (0, 1)] == [0, 2]


@program("learning_phase", CASES)
def decides_a_switch(K):
    x = K.switch(K.equal(K.learning_phase(), 1), K.constant(5.0), K.constant(6.0))
    function = K.function([K.learning_phase()], [x])
    assert [float(function([p])[0]) for p in (0, 1)] == [6, 5]


@program("learning_phase", CASES)
def marks_what_depends_on_it(K):
    x = K.variable(X)
    y = K.in_train_phase(x, x * 2.0)
    assert y._uses_learning_phase
    assert not getattr(x, "_uses_learning_phase", False)


@program("set_learning_phase", CASES)
def fixes_it(K):
    x = K.variable(1.0)
    for phase in (1, 0):
        assert K.set_learning_phase(phase) is None
        assert K.learning_phase() == phase
        y = K.in_train_phase(x * 2.0, x * 3.0)
        assert K.eval(y) == (2 if phase else 3)
        assert K.function([], [y])([])[0] == (2 if phase else 3)


CASES += [
    Raises("set_learning_phase", (value,), ValueError, "Expected learning phase to be 0 or 1",
           id=f"{value}")
    for value in (2, -1, "train")
]  # fmt: skip


# Sessions


@program("clear_session", CASES)
def resets_uids_and_phase(K):
    K.get_uid("dense")
    K.set_learning_phase(1)
    assert K.clear_session() is None
    assert K.get_uid("dense") == 1
    assert K.eval(K.in_train_phase(K.constant(1.0), K.constant(0.0))) == 0


@program("clear_session", CASES)
def new_variables_work_afterwards(K):
    """Notebook 004, In[44]."""
    K.clear_session()
    assert K.eval(K.variable(1)) == 1


@program("manual_variable_initialization", CASES)
def takes_a_flag(K):
    for value in (True, False):
        assert K.manual_variable_initialization(value) is None
    assert K.eval(K.variable(2.0)) == 2


CASES += [
    Raises("get_session", (), RuntimeError, r"no engine here has sessions. Use K.eval"),
    Raises("set_session", (None,), RuntimeError, r"no engine here has sessions"),
]


# Names


@program("name_scope", CASES)
def prefixes_names(K):
    with K.name_scope("outer") as scope:
        assert "outer" in scope
        x = K.variable(1.0, name="x")
        with K.name_scope("inner"):
            y = K.placeholder((2,), name="y")
    assert "outer/x" in x.name
    assert "outer/inner/y" in y.name
    assert "outer" not in K.variable(1.0, name="z").name


@program("name_scope", CASES)
def ends_with_an_exception(K):
    with pytest.raises(KeyError), K.name_scope("broken"):
        raise KeyError
    assert "broken" not in K.variable(1.0, name="x").name


@program("name_scope", CASES)
def its_value_serves_as_a_name(K):
    """losses_utils of Keras 2.3 hands the scope to K.size."""
    with K.name_scope("num_present") as scope:
        assert K.eval(K.size(K.variable(X), name=scope)) == 6


@program("name_scope", CASES)
def names_are_unique(K):
    assert K.variable(1.0, name="x").name != K.variable(1.0, name="x").name


# Order


@program("control_dependencies", CASES)
def sees_the_update_once(K):
    total = K.variable(1.0)
    with K.control_dependencies([K.update_add(total, 2.0)]):
        result = total * 10.0
    assert K.eval(result) == 30
    assert K.get_value(total) == 3
    function = K.function([], [result])
    assert function([])[0] == 50
    assert K.get_value(total) == 5


@program("control_dependencies", CASES)
def an_update_listed_twice_runs_once(K):
    total = K.variable(1.0)
    update = K.update_add(total, 2.0)
    with K.control_dependencies([update]):
        result = K.identity(total)
    assert K.function([], [result], updates=[update])([])[0] == 3
    assert K.get_value(total) == 3


@program("control_dependencies", CASES)
def of_several_updates(K):
    total, count = K.variable(0.0), K.variable(0.0)
    value = K.placeholder((None,))
    updates = [
        K.update_add(total, K.sum(value)),
        K.update_add(count, K.cast(K.size(value), "float32")),
    ]
    listed = list(updates)
    with K.control_dependencies(updates):
        mean = total / count
    assert updates == listed
    function = K.function([value], [mean])
    assert function([[1.0, 2.0, 3.0]])[0] == 2
    assert function([[6.0]])[0] == 3


@program("control_dependencies", CASES)
def outside_the_old_value_is_seen(K):
    total = K.variable(1.0)
    update = K.update_add(total, 2.0)
    before = total * 10.0
    with K.control_dependencies([update]):
        after = total * 10.0
    assert K.function([], [before, after])([]) == [10, 30]


@program("update_sub", CASES)
def momentum_may_be_a_variable_that_is_0(K):
    p, m, momentum = K.variable([1.0, 2]), K.zeros((2,)), K.variable(0.0)
    g = K.constant([1.0, -1])
    new_m = momentum * m - 0.1 * g
    K.function([], [], [K.update(m, new_m), K.update(p, p + new_m)])([])
    np.testing.assert_allclose(K.get_value(p), [0.9, 2.1], rtol=1e-6)
