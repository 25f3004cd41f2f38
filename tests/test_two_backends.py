"""Namespaces side by side: load_backend(), and what happens when their tensors meet.

One engine per environment: the second backend here is NumPy's adapter, bound once more.
"""

import re

import numpy as np
import pytest
from kswitch.backends import numpy_backend

import kswitch
from kswitch import config, dispatch, registry

K = kswitch.load_backend("numpy")
MATRIX = np.arange(6, dtype="float32").reshape(2, 3)


@pytest.fixture
def other():
    return dispatch.bind("other", numpy_backend)


@pytest.fixture
def foreign(other):
    """A variable of the other backend."""
    return other.variable(MATRIX, name="theirs")


MESSAGE = re.escape(
    "<Variable 'theirs:0' shape=(2, 3) dtype=float32> belongs to the backend 'other' and cannot be "
    "used with 'numpy': take its value with K.eval of its own backend first."
)


def test_one_name_gives_one_namespace():
    assert kswitch.load_backend("numpy") is K


@pytest.mark.parametrize("name", ["NumPy", "NUMPY", "numpy"])
def test_spelling_of_the_name_does_not_matter(name):
    assert kswitch.load_backend(name) is K


def test_loading_does_not_change_the_configured_backend(monkeypatch):
    before = registry.ENGINES.copy()
    kswitch.load_backend("numpy")
    assert before == registry.ENGINES


def test_configuration_is_shared(other):
    K.set_epsilon(1e-3)
    try:
        assert other.epsilon() == 1e-3
    finally:
        K.set_epsilon(1e-7)
    assert K.epsilon is config.epsilon


def test_each_namespace_says_its_name(other):
    assert (K.backend(), other.backend()) == ("numpy", "other")


@pytest.mark.parametrize(
    "use",
    [
        lambda x: K.square(x),
        lambda x: K.dot(x, K.variable(MATRIX.T)),
        lambda x: K.dot(K.variable(MATRIX.T), x),
        lambda x: K.dot(MATRIX.T, x),
        lambda x: K.variable(MATRIX) + x,
        lambda x: K.concatenate([K.variable(MATRIX), x]),
        lambda x: K.concatenate([x, x]),
        lambda x: K.stack([x, 1.0]),
        lambda x: K.switch(K.variable(1.0) > 0, x, x),
        lambda x: K.switch(K.variable(1.0) > 0, lambda: x, lambda: x),
        lambda x: K.maximum(0.0, x),
        lambda x: K.clip(x, 0.0, 1.0),
        lambda x: K.sum(x),
        lambda x: K.hard_sigmoid(x),
        lambda x: K.update(K.variable(MATRIX), x),
        lambda x: K.map_fn(lambda row: row, x),
        lambda x: K.map_fn(lambda row: row + x[0], K.variable(MATRIX)),
        lambda x: K.function([], [x]),
    ],
)
def test_tensor_of_another_backend(use, foreign):
    with pytest.raises(
        TypeError, match="belongs to the backend 'other' and cannot be used with 'numpy'"
    ):
        use(foreign)


def test_message_names_the_tensor(foreign):
    with pytest.raises(TypeError, match=MESSAGE):
        K.square(foreign)


@pytest.mark.parametrize(
    "op", [lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x @ y, lambda x, y: x > y]
)
def test_operator_between_two_backends(op, foreign):
    with pytest.raises(
        TypeError, match="belongs to the backend 'numpy' and cannot be used with 'other'"
    ):
        op(foreign, K.variable(MATRIX))


def test_size_of_another_backend(other):
    n = other.shape(other.placeholder((None, 3)))[0]
    with pytest.raises(TypeError, match="belongs to the backend 'other'"):
        K.reshape(K.variable(MATRIX), (n, -1))


def test_index_of_another_backend(other):
    with pytest.raises(
        TypeError, match="takes ints, slices, Ellipsis, None and scalar integer tensors"
    ):
        K.variable(MATRIX)[other.variable(1, "int32")]


def test_gradient_by_a_tensor_of_another_backend(foreign):
    with pytest.raises(
        TypeError, match=r"gradients\(\) takes symbolic tensors of the backend 'numpy'"
    ):
        K.gradients(K.sum(K.variable(MATRIX)), [foreign])


def test_input_of_another_backend(foreign):
    with pytest.raises(
        TypeError, match="an input must be a tensor of the backend 'numpy', got <Variable 'theirs"
    ):
        K.function([foreign], [])


def test_update_of_a_variable_of_another_backend(foreign):
    with pytest.raises(
        TypeError, match="x must be a variable of the backend 'numpy', got <Variable 'theirs"
    ):
        K.update(foreign, MATRIX)


@pytest.mark.parametrize(
    "f", [lambda x: K.set_value(x, MATRIX), lambda x: K.batch_set_value([(x, MATRIX)])]
)
def test_setting_a_variable_of_another_backend(f, foreign):
    with pytest.raises(
        TypeError, match="x must be a variable of the backend 'numpy', got <Variable 'theirs"
    ):
        f(foreign)


@pytest.mark.parametrize("question", ["is_tensor", "is_variable", "is_placeholder"])
def test_tensor_of_another_backend_is_none_of_ours(question, foreign):
    assert getattr(K, question)(foreign) is False


def test_value_goes_over_as_an_array(foreign, other):
    np.testing.assert_array_equal(K.eval(K.variable(other.eval(foreign)) * 2), MATRIX * 2)


def test_both_compute_side_by_side(other):
    results = [B.function([], B.sum(B.variable(MATRIX)))([]) for B in (K, other)]
    assert results[0] == results[1] == 15


def test_learning_phases_are_apart(other):
    other.set_learning_phase(1)
    assert not isinstance(K.learning_phase(), int)


def test_uids_are_apart(other):
    K.reset_uids()
    K.get_uid("dense")
    assert other.get_uid("dense") == 1


def test_clear_session_leaves_the_other_alone(other):
    other.set_learning_phase(1)
    K.clear_session()
    assert other.learning_phase() == 1
