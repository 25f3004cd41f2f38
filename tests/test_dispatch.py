"""bind(): the generated functions, when a call is recorded and when the kernel is called."""

import inspect
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from kswitch.backends import numpy_backend

import kswitch
from kswitch import declare, dispatch

K = kswitch.load_backend("numpy")
PUBLIC = [each for each in declare.OPS.values() if each.public]
MATRIX = np.arange(6, dtype="float32").reshape(2, 3)


@pytest.fixture
def bound():
    """Binds an adapter: NumPy's, with some names put in or, if None, taken out."""

    def bound(**changes):
        adapter = ModuleType("changed")
        names = vars(numpy_backend) | changes
        vars(adapter).update({n: v for n, v in names.items() if v is not None or n not in changes})
        return dispatch.bind("changed", adapter)

    return bound


@pytest.fixture
def calls(bound):
    """A K whose dot only notes its arguments, and those notes."""
    notes = []
    return bound(dot=lambda *args: notes.append(args)), notes


# Names and signatures


@pytest.mark.parametrize("each", PUBLIC, ids=lambda each: each.name)
def test_function_has_the_declared_name(each):
    assert getattr(K, each.name).__name__ == each.name


@pytest.mark.parametrize("each", PUBLIC, ids=lambda each: each.name)
def test_function_has_the_declared_docstring(each):
    assert getattr(K, each.name).__doc__ == each.doc


@pytest.mark.parametrize("each", PUBLIC, ids=lambda each: each.name)
def test_function_has_the_declared_parameters(each):
    found = inspect.signature(getattr(K, each.name)).parameters
    assert (
        tuple(n for n, p in found.items() if p.kind is p.POSITIONAL_OR_KEYWORD) == each.parameters
    )


@pytest.mark.parametrize("each", PUBLIC, ids=lambda each: each.name)
def test_function_has_the_declared_defaults(each):
    found = inspect.signature(getattr(K, each.name)).parameters
    assert {n: p.default for n, p in found.items() if p.default is not p.empty} == each.defaults


def test_private_functions_are_no_names_of_k():
    private = {each.name for each in declare.OPS.values() if not each.public}
    assert not private & set(vars(K))


def test_all_lists_what_is_there():
    assert all(hasattr(K, name) for name in K.__all__)


def test_all_lists_every_public_function():
    assert {each.name for each in PUBLIC} <= set(K.__all__)


def test_backend_says_its_name():
    assert K.backend() == "numpy"


def test_backend_name_as_keras_1_spelled_it():
    assert K._BACKEND == "numpy"


def test_missing_argument_is_reported_with_the_functions_name():
    with pytest.raises(TypeError, match=r"dot\(\) missing 1 required positional argument: 'y'"):
        K.dot(MATRIX)


def test_unknown_keyword_is_reported_with_the_functions_name():
    with pytest.raises(TypeError, match=r"sum\(\) got an unexpected keyword argument 'axes'"):
        K.sum(MATRIX, axes=1)


# Native calls


def test_native_call_gives_the_kernels_result(calls):
    K, notes = calls
    K.dot(MATRIX, MATRIX)
    assert [id(x) for x in notes[0]] == [id(MATRIX)] * 2


@pytest.mark.parametrize("call", [lambda K: K.dot(y=2, x=1), lambda K: K.dot(1, y=2)])
def test_keywords_reach_the_kernel_in_declared_order(call, calls):
    K, notes = calls
    call(K)
    assert notes == [(1, 2)]


def test_native_result_is_native():
    assert type(K.dot(MATRIX, MATRIX.T)) is np.ndarray


def test_composite_of_native_tensors_is_native():
    assert type(K.hard_sigmoid(MATRIX)) is np.ndarray


def test_list_is_made_native():
    np.testing.assert_array_equal(K.softplus([0.0]), np.log([2.0]).astype("float32"))


def test_list_of_python_floats_becomes_floatx():
    assert K.softplus([0.0]).dtype == "float32"


def test_error_of_the_kernel_is_shown_as_it_is(bound):
    def square(x):
        raise TypeError("no squares today")

    with pytest.raises(TypeError, match="no squares today"):
        bound(square=square).square(MATRIX)


def test_kernel_is_tried_again_with_native_arguments(bound):
    def square(x):
        return x.dtype

    assert bound(square=square).square([1.0]) == "float32"


# Recorded calls


@pytest.mark.parametrize(
    "call",
    [
        lambda v: K.dot(v, K.transpose(v)),
        lambda v: K.dot(MATRIX.T, v),
        lambda v: K.dot(v, MATRIX.T),
        lambda v: K.dot(y=v, x=MATRIX.T),
        lambda v: K.concatenate([MATRIX, v]),
        lambda v: K.concatenate((v, MATRIX)),
        lambda v: K.reshape(MATRIX, (K.cast(K.sum(v), "int32"), -1)),
        lambda v: K.maximum(0.0, v),
        lambda v: K.clip(MATRIX, v, 3.0),
        lambda v: K.equal([[1.0]], v),
        lambda v: K.stack([1.0, K.sum(v)]),
        lambda v: K.softmax([K.sum(v), K.sum(v)]),
    ],
)
def test_one_symbolic_argument_is_enough_to_record(call):
    assert K.is_tensor(call(K.variable(np.ones((2, 3)))))


@pytest.mark.parametrize(
    "call",
    [
        lambda: K.random_normal((3,)),
        lambda: K.random_uniform((3,)),
        lambda: K.truncated_normal((3,)),
        lambda: K.random_binomial((3,)),
        lambda: K.constant([1.0]),
        lambda: K.arange(5),
    ],
)
def test_creation_always_records(call):
    assert K.is_tensor(call())


def test_recorded_call_is_in_declared_order():
    x, y = K.placeholder((2, 3)), K.placeholder((3, 4))
    node = K.dot(y=y, x=x)
    assert [id(a) for a in node.args] == [id(x), id(y)]


def test_recorded_call_has_the_defaults():
    assert K.sum(K.placeholder((2,))).args[1:] == (None, False)


def test_composite_records_its_parts():
    assert K.hard_sigmoid(K.placeholder((2,))).op.name == "clip"


def test_kernel_of_a_composites_name_is_used_on_native_tensors(bound):
    assert bound(hard_sigmoid=lambda x: "fast").hard_sigmoid(MATRIX) == "fast"


def test_kernel_of_a_composites_name_is_not_recorded(bound):
    K = bound(hard_sigmoid=lambda x: "fast")
    assert K.hard_sigmoid(K.variable(MATRIX)).op.name == "clip"


# What an adapter lacks


def test_missing_kernel_is_named(bound):
    K = bound(softmax=None)
    with pytest.raises(
        NotImplementedError, match=r"backend 'changed' has no op softmax: its adapter has no"
    ):
        K.softmax(MATRIX)


def test_reason_for_a_missing_kernel_is_given(bound):
    K = bound(softmax=None, UNSUPPORTED={"softmax": "upstream: too soft"})
    with pytest.raises(NotImplementedError, match=r"has no op softmax: upstream: too soft\."):
        K.softmax(MATRIX)


def test_missing_kernel_is_reported_when_the_graph_runs(bound):
    K = bound(softmax=None)
    with pytest.raises(NotImplementedError, match="has no op softmax"):
        K.eval(K.softmax(K.variable(MATRIX)))


def test_missing_kernel_harms_nobody_else(bound):
    assert bound(softmax=None).sigmoid(np.zeros(1)) == 0.5


def test_operators_need_no_kernel(bound):
    K = bound(add=None)
    assert K.eval(K.variable(1.0) + 2.0) == 3.0


# Namespaces of their own


def test_each_namespace_has_its_own_state(bound):
    first, second = bound(), bound()
    first.set_learning_phase(1)
    assert not isinstance(second.learning_phase(), int)


def test_each_namespace_has_its_own_classes(bound):
    first, second = bound(), bound()
    assert type(first.variable(0.0)) is not type(second.variable(0.0))


def test_state_forgets_everything():
    state = dispatch.State()
    state.uids["dense"] = 3
    state.fixed_phase = 1
    state.clear()
    assert (state.uids, state.fixed_phase) == ({}, None)


@pytest.mark.parametrize("value", [None, 1, 1.5, True])
def test_numbers_are_passed_on_beside_a_native_tensor(value):
    functions = K._functions
    args = dispatch.native_arguments(functions, functions.declarations["maximum"], (MATRIX, value))
    assert args[1] is value


def test_lone_number_becomes_an_array():
    functions = K._functions
    args = dispatch.native_arguments(functions, functions.declarations["maximum"], (1.0, 2.0))
    assert [type(x) for x in args] == [np.ndarray] * 2


def test_object_that_is_no_tensor_is_refused():
    with pytest.raises(TypeError, match="expected a tensor, an array or a number, got namespace"):
        K.square(SimpleNamespace(a=1))
