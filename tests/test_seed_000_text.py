"""What seed 000 says in words: 24 implementations in NumPy, facts, and errors, each with its line.

The backend is that of KERAS_BACKEND, NumPy unless set; see test_seeds.py.
"""

import os
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import kswitch
from kswitch import config

BACKEND = os.environ.get("KERAS_BACKEND", "numpy")
K = kswitch.load_backend(BACKEND)
SEEDS = Path(__file__).parent / "seeds"
EXAMPLES = []
X = np.array([[-2.5, -1.0, 0.5], [0.0, 3.0, 1.25]], "float32")
Y = np.array([[1.0, -1.0, 0.25], [0.5, 3.0, -2.0]], "float32")
CUBE = np.cos(np.arange(24, dtype="float32")).reshape(2, 3, 4)
FORMATS = ("channels_last", "channels_first")


@pytest.fixture(autouse=True)
def _default_settings():
    before = config.floatx(), config.epsilon(), config.image_data_format()
    K.clear_session()
    yield
    config.set_floatx(before[0])
    config.set_epsilon(before[1])
    config.set_image_data_format(before[2])
    K.clear_session()


def example(line, name=None):
    """A decorator: the function is the example at a line of a seed."""

    def add(run):
        EXAMPLES.append(pytest.param(run, id=f"{line} {name or run.__name__}"))
        return run

    return add


def equals(x, values, dtype="float32"):
    """Fails unless the value of a tensor is exactly this."""
    value = K.eval(x)
    assert value.dtype == dtype
    assert value.tolist() == values


def close(x, values, tolerance=1e-5):
    np.testing.assert_allclose(K.eval(x), values, tolerance, tolerance)


# Implementations in NumPy, which stand in the documents of 24 functions

REFERENCES = runpy.run_path(str(SEEDS / "references.py"))
LINES = dict(re.findall(r"^def (\w+)\(.*# (\d+)$", (SEEDS / "references.py").read_text(), re.M))
CALLS = {
    "gather": [(CUBE, np.array([1, 0, 1], "int32"))],
    **{
        name: [(CUBE,), (CUBE, 1), (CUBE, [0, 2]), (CUBE, -1, True)]
        for name in ("max", "min", "sum", "prod")
    },
    **{
        name: [(X, Y), (X, X[0])]
        for name in ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")
    },
    **{name: [(X, Y)] for name in ("maximum", "minimum")},
    "reverse": [(CUBE, 1), (CUBE, [0, 2])],
    "relu": [(X,), (X, 0.3), (X, 0.0, 1.5), (X, 0.3, 2.0, 0.7)],
    "elu": [(X,), (X, 0.4)],
    "softmax": [(CUBE,), (CUBE, 1)],
    **{name: [(X,)] for name in ("softplus", "sigmoid", "hard_sigmoid", "tanh")},
    "l2_normalize": [(X, -1), (CUBE, 1)],
}


@pytest.mark.parametrize(
    ("name", "args"),
    [
        pytest.param(name, args, id=f"000:{LINES[name]} {name} {i}")
        for name, calls in CALLS.items()
        for i, args in enumerate(calls)
    ],
)
def test_numpy_implementation_of_the_documents(name, args):
    tensors = [K.variable(a, dtype=a.dtype.name) if isinstance(a, np.ndarray) else a for a in args]
    expected = REFERENCES[name](*args)
    value = K.eval(getattr(K, name)(*tensors))
    np.testing.assert_allclose(value, expected, 1e-5, 1e-5)
    assert value.dtype == expected.dtype


@pytest.mark.parametrize("name", ["int_shape", "ndim"])
def test_numpy_implementation_of_questions(name):
    assert getattr(K, name)(K.variable(CUBE)) == REFERENCES[name](CUBE)


# What the text says


@example("000:1285", "any")
def any_is_bool():
    """The documents say uint8; TensorFlow gives bool, as the notebook shows."""
    equals(K.any(K.variable([[0, 2], [0, 0]]), 1), [True, False], "bool")
    equals(K.all(K.variable([[0, 2], [1, 3]]), 1), [False, True], "bool")


@example("000:1429")
def logsumexp():
    close(K.logsumexp(K.variable([1e4, 1e4])), 1e4 + np.log(2), 1e-6)


@example("000:1448")
def round_half_to_even():
    equals(K.round(K.variable([0.5, 1.5, -2.5])), [0.0, 2.0, -2.0])


@example("000:1724")
def batch_normalization():
    """000 prints (sqrt(var) + epsilon), 003 sqrt(var + epsilon), which holds."""
    x, mean, var, beta, gamma = X, Y[0], np.abs(Y[1]), X[0], X[1]
    result = K.batch_normalization(*map(K.variable, (x, mean, var, beta, gamma)), epsilon=0.1)
    close(result, (x - mean) / np.sqrt(var + 0.1) * gamma + beta)


@example("000:1836")
def repeat_elements():
    assert K.int_shape(K.repeat_elements(K.placeholder((2, 3, 4)), 5, axis=1)) == (2, 15, 4)


@example("000:1855")
def repeat():
    assert K.int_shape(K.repeat(K.placeholder((7, 3)), 2)) == (7, 2, 3)


@example("000:1873")
def arange():
    equals(K.arange(4), [0, 1, 2, 3], "int32")


@example("000:1973")
def temporal_padding():
    equals(K.temporal_padding(K.ones((1, 1, 1)), (1, 2)), [[[0.0], [1.0], [0.0], [0.0]]])


@example("000:1990")
def spatial_padding():
    for data_format, four, five in (
        ("channels_last", (1, 5, 8, 3), (1, 5, 8, 11, 3)),
        ("channels_first", (1, 3, 7, 8), (1, 5, 6, 9, 10)),
    ):
        x = K.zeros((1, 2, 3, 3) if data_format == "channels_last" else (1, 3, 4, 3))
        y = K.spatial_2d_padding(x, ((1, 2), (2, 3)), data_format)
        assert K.int_shape(y) == four
        x = K.zeros((1, 2, 3, 4, 3) if data_format == "channels_last" else (1, 5, 3, 4, 3))
        y = K.spatial_3d_padding(x, ((1, 2), (2, 3), (3, 4)), data_format)
        assert K.int_shape(y) == five


@example("000:2050")
def one_hot():
    y = K.one_hot(K.variable([[0, 2]], "int32"), 3)
    equals(y, [[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]])


@example("000:2096", "slice")
def slice_formula():
    start, size = (0, 1, 2), (2, 2, 1)
    expected = CUBE[tuple(slice(a, a + n) for a, n in zip(start, size, strict=True))]
    equals(K.slice(K.variable(CUBE), start, size), expected.tolist())


@example("000:2495", "hard_sigmoid")
def hard_sigmoid_by_pieces():
    close(K.hard_sigmoid(K.variable([-2.6, -2.5, 1.0, 2.5, 2.6])), [0.0, 0.0, 0.7, 1.0, 1.0])


@example("000:2584")
def in_top_k():
    y = K.in_top_k(K.variable([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]]), K.variable([2, 1], "int32"), 2)
    equals(y, [True, False], "bool")


@example("000:2973")
def ctc_decode():
    """A list of tensors with -1 where a path is over, and scores."""
    steps = np.eye(3, dtype="float32")[[[0, 0, 2, 0], [1, 2, 2, 2]]] * 0.8 + 0.05
    paths, scores = K.ctc_decode(K.variable(steps), K.variable([4, 4], "int32"))
    assert isinstance(paths, list)
    equals(paths[0], [[0, 0], [1, -1]], "int64")
    assert K.eval(scores).shape == (2, 1)
    paths, scores = K.ctc_decode(
        K.variable(steps), K.variable([4, 4], "int32"), greedy=False, beam_width=5, top_paths=2
    )
    assert len(paths) == 2
    assert K.eval(scores).shape == (2, 2)


@example("000:3005")
def foldl():
    equals(K.foldl(lambda a, x: a - x, K.variable([8.0, 4.0, 1.0])), 3.0)
    equals(K.foldl(lambda a, x: a - x, K.variable([8.0, 4.0]), initializer=K.constant(1.0)), -11.0)


@example("000:3023")
def foldr():
    equals(K.foldr(lambda a, x: a - x, K.variable([8.0, 4.0, 1.0])), -11.0)


# Errors that the documents state

W1, W2, W3 = np.ones((2, 4, 2)), np.ones((2, 2, 4, 2)), np.ones((2, 2, 2, 4, 2))
LINE, IMAGE, VOLUME = np.ones((1, 4, 4)), np.ones((1, 4, 4, 4)), np.ones((1, 4, 4, 4, 4))
POINT1, POINT2 = np.ones((1, 8, 3)), np.ones((1, 1, 8, 3))
WITH_DATA_FORMAT = {
    1805: ("resize_images", IMAGE, 2, 2),
    1827: ("resize_volumes", VOLUME, 2, 2, 2),
    2000: ("spatial_2d_padding", IMAGE),
    2024: ("spatial_3d_padding", VOLUME),
    2608: ("conv1d", LINE, W1),
    2631: ("conv2d", IMAGE, W2),
    2654: ("conv2d_transpose", IMAGE, W2, (1, 5, 5, 4)),
    2678: ("separable_conv1d", LINE, W1, POINT1),
    2702: ("separable_conv2d", IMAGE, W2, POINT2),
    2725: ("depthwise_conv2d", IMAGE, W2),
    2748: ("conv3d", VOLUME, W3),
    2771: ("conv3d_transpose", VOLUME, W3, (1, 5, 5, 5, 4)),
    2794: ("pool2d", IMAGE, (2, 2)),
    2818: ("pool3d", VOLUME, (2, 2, 2)),
    2840: ("bias_add", IMAGE, np.ones(4)),
    3050: ("local_conv1d", LINE, np.ones((3, 8, 2)), (2,), (1,)),
    3076: ("local_conv2d", IMAGE, np.ones((9, 16, 2)), (2, 2), (1, 1), (3, 3)),
}


@pytest.mark.parametrize(
    "call",
    [pytest.param(c, id=f"000:{line} {c[0]}") for line, c in WITH_DATA_FORMAT.items()],
)
def test_data_format_is_one_of_two(call):
    name, *args = call
    args = [K.variable(a) if isinstance(a, np.ndarray) else a for a in args]
    with pytest.raises(ValueError, match="data_format"):
        getattr(K, name)(*args, data_format="channels_middle")


@pytest.mark.parametrize(
    ("name", "x", "size"),
    [
        pytest.param("pool2d", IMAGE, (2, 2), id="000:2795 pool2d"),
        pytest.param("pool3d", VOLUME, (2, 2, 2), id="000:2819 pool3d"),
    ],
)
def test_pool_mode_is_one_of_two(name, x, size):
    with pytest.raises(ValueError, match="pool_mode"):
        getattr(K, name)(K.variable(x), size, pool_mode="median")


@example("000:2188", "function")
def function_refuses_other_keywords():
    x = K.placeholder((2,))
    with pytest.raises(ValueError, match='Invalid argument "stray"'):
        K.function([x], [x * 2.0], stray=1)


def step(x, states):
    return x, list(states)


@example("000:2252", "rnn")
def rnn_needs_a_time_axis():
    with pytest.raises(ValueError, match="at least 3D"):
        K.rnn(step, K.placeholder((2, 3)), [])


@example("000:2253", "rnn")
def rnn_unrolls_a_known_number_of_steps():
    with pytest.raises(ValueError, match="fixed number of timesteps"):
        K.rnn(step, K.placeholder((2, None, 3)), [], unroll=True)


@example("000:2254", "rnn")
def rnn_masks_without_states():
    """The documents want an error; Keras 2.3.1 repeats the output, and so does K."""
    x = np.arange(6, dtype="float32").reshape(1, 3, 2) + 1
    outputs = K.rnn(step, K.variable(x), [], mask=K.variable([[1, 0, 1]]))[1]
    equals(outputs, [[[1.0, 2.0], [1.0, 2.0], [5.0, 6.0]]])


@example("000:2276", "switch")
def switch_condition_has_no_higher_rank():
    with pytest.raises(ValueError, match=r"Rank of `condition` should be less"):
        K.switch(K.variable(X) > 0, K.variable(X[0]), K.variable(X[0]))


@example("000:2841", "bias_add")
def bias_add_refuses_other_ranks():
    with pytest.raises(ValueError, match="bias"):
        K.bias_add(K.variable(IMAGE), K.variable(np.ones((4, 4))))


@pytest.mark.parametrize("run", EXAMPLES)
def test_example(run):
    run()
