"""Every example that can be run in the seeds 000, 002, 003 and 004, each named by its line there.

The backend is that of KERAS_BACKEND, NumPy unless set. Seed 003's chapter 14 repeats 000 word for
word, from line 7087 on. What 000 says in words is in test_seed_000_text.py, seed 001 in
test_seed_001.py; the seeds' first part, keras.json and the loader, is in test_config.py,
test_backend_module.py, test_external.py and test_registry.py. What needs Keras's layers (000:452
and 455) is left to Keras, and 002:104, TensorFlow's names for the same, is no program. Where seeds
contradict each other, the values here are those that hold.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kswitch
from kswitch import config

BACKEND = os.environ.get("KERAS_BACKEND", "numpy")
K = kswitch.load_backend(BACKEND)
SEEDS = Path(__file__).parent / "seeds"
EXAMPLES = []
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


# B. The introduction


@example("000:112")
def placeholders():
    inputs = K.placeholder(shape=(2, 4, 5))
    assert K.int_shape(inputs) == (2, 4, 5)
    inputs = K.placeholder(shape=(None, 4, 5))
    assert K.int_shape(inputs) == (None, 4, 5)
    inputs = K.placeholder(ndim=3)
    assert K.int_shape(inputs) == (None, None, None)


@example("000:127")
def variables():
    val = np.random.random((3, 4, 5))
    var = K.variable(value=val)
    close(var, val, 1e-7)
    var = K.zeros(shape=(3, 4, 5))
    equals(var, np.zeros((3, 4, 5)).tolist())
    var = K.ones(shape=(3, 4, 5))
    equals(var, np.ones((3, 4, 5)).tolist())


@example("000:140")
def operations():
    b = K.random_uniform_variable(shape=(3, 4), low=0, high=1)
    c = K.random_normal_variable(shape=(3, 4), mean=0, scale=1)
    d = K.random_normal_variable(shape=(3, 4), mean=0, scale=1)
    a = b + c * K.abs(d)
    close(a, K.eval(b) + K.eval(c) * np.abs(K.eval(d)))
    c = K.dot(a, K.transpose(b))
    close(c, K.eval(a) @ K.eval(b).T)
    a = K.sum(b, axis=1)
    close(a, K.eval(b).sum(1))
    a = K.softmax(b)
    close(K.sum(a, 1), np.ones(3))
    a = K.concatenate([b, c], axis=-1)
    close(a, np.concatenate([K.eval(b), K.eval(c)], -1))
    assert K.int_shape(a) == (3, 7)


# C. Examples of functions


@example("000:132")
def epsilon():
    assert K.epsilon() == 1e-07


@example("000:147")
def set_epsilon():
    assert K.epsilon() == 1e-07
    K.set_epsilon(1e-05)
    assert K.epsilon() == 1e-05


@example("000:166")
def floatx():
    assert K.floatx() == "float32"


@example("000:181")
def set_floatx():
    assert K.floatx() == "float32"
    K.set_floatx("float16")
    assert K.floatx() == "float16"
    assert K.dtype(K.variable([1])) == "float16"


@example("000:204")
def cast_to_floatx():
    arr = np.array([1.0, 2.0], dtype="float64")
    new_arr = K.cast_to_floatx(arr)
    assert new_arr.dtype == "float32"
    assert new_arr.tolist() == [1.0, 2.0]


@example("000:228")
def image_data_format():
    """The documents print 'channels_first', the setting of whoever wrote them."""
    assert K.image_data_format() in FORMATS


@example("000:243")
def set_image_data_format():
    K.set_image_data_format("channels_first")
    assert K.image_data_format() == "channels_first"
    K.set_image_data_format("channels_last")
    assert K.image_data_format() == "channels_last"


@example("000:252")
def reset_uids():
    first = K.get_uid()
    assert K.get_uid("dense") == 1
    assert K.get_uid("dense") == 2
    K.reset_uids()
    assert (K.get_uid(), K.get_uid("dense")) == (first, 1)


@example("000:274")
def clear_session():
    K.get_uid("dense")
    K.clear_session()
    assert K.get_uid("dense") == 1


@example("000:283")
def manual_variable_initialization():
    K.manual_variable_initialization(True)
    equals(K.variable(1), 1.0)
    K.manual_variable_initialization(False)


@example("000:295")
def learning_phase():
    assert K.ndim(K.learning_phase()) == 0
    K.set_learning_phase(1)
    assert K.learning_phase() == 1


@example("000:318")
def set_learning_phase_takes_0_or_1():
    with pytest.raises(ValueError, match="Expected learning phase to be 0 or 1"):
        K.set_learning_phase(2)


@example("000:336")
def is_sparse():
    a = K.placeholder((2, 2), sparse=False)
    assert K.is_sparse(a) is False
    b = K.placeholder((2, 2), sparse=True)
    assert K.is_sparse(b) is True


@example("000:360")
def to_dense():
    b = K.placeholder((2, 2), sparse=True)
    assert K.is_sparse(b) is True
    c = K.to_dense(b)
    assert K.is_sparse(c) is False


@example("000:387")
def variable():
    val = np.array([[1, 2], [3, 4]])
    kvar = K.variable(value=val, dtype="float64", name="example_var")
    assert K.dtype(kvar) == "float64"
    assert "example_var" in str(kvar)
    equals(kvar, [[1.0, 2.0], [3.0, 4.0]], "float64")


@example("000:438")
def is_keras_tensor():
    np_var = np.array([1, 2])
    with pytest.raises(ValueError, match="Expected a symbolic tensor instance"):
        K.is_keras_tensor(np_var)
    keras_var = K.variable(np_var)
    assert K.is_keras_tensor(keras_var) is False
    keras_placeholder = K.placeholder(shape=(2, 4, 5))
    assert K.is_keras_tensor(keras_placeholder) is False


@example("000:461")
def is_tensor():
    assert K.is_tensor(K.variable(1))
    assert K.is_tensor(K.placeholder((2,)) * 2.0)
    assert not K.is_tensor(np.ones(2))


@example("000:483")
def placeholder():
    input_ph = K.placeholder(shape=(2, 4, 5))
    assert input_ph._keras_shape == (2, 4, 5)
    assert "shape=(2, 4, 5) dtype=float32" in repr(input_ph)


@example("000:492")
def is_placeholder():
    assert K.is_placeholder(K.placeholder((2,)))
    assert not K.is_placeholder(K.variable(1))


@example("000:522")
def shape():
    val = np.array([[1, 2], [3, 4]])
    kvar = K.variable(value=val)
    inputs = K.placeholder(shape=(2, 4, 5))
    assert (K.int_shape(K.shape(kvar)), K.dtype(K.shape(kvar))) == ((2,), "int32")
    assert (K.int_shape(K.shape(inputs)), K.dtype(K.shape(inputs))) == ((3,), "int32")
    assert K.shape(kvar).eval(session=None).tolist() == [2, 2]
    assert K.shape(inputs).eval(session=None).tolist() == [2, 4, 5]


@example("000:524")
def get_session_says_what_to_use_instead():
    with pytest.raises(RuntimeError, match=r"Use K\.eval\(x\)"):
        K.get_session()


@example("000:553")
def int_shape():
    assert K.int_shape(K.placeholder(shape=(2, 4, 5))) == (2, 4, 5)
    assert K.int_shape(K.variable(value=np.array([[1, 2], [3, 4]]))) == (2, 2)


@example("000:583")
def ndim():
    assert K.ndim(K.placeholder(shape=(2, 4, 5))) == 3
    assert K.ndim(K.variable(value=np.array([[1, 2], [3, 4]]))) == 2


@example("000:613")
def dtype():
    """A variable's is 'float32_ref' in the documents, 'float32' in the notebook."""
    assert K.dtype(K.placeholder(shape=(2, 4, 5))) == "float32"
    assert K.dtype(K.placeholder(shape=(2, 4, 5), dtype="float32")) == "float32"
    assert K.dtype(K.placeholder(shape=(2, 4, 5), dtype="float64")) == "float64"
    assert K.dtype(K.variable(np.array([[1, 2], [3, 4]]))) == "float32"
    assert K.dtype(K.variable(np.array([[1, 2], [3, 4]]), dtype="float32")) == "float32"


@example("000:644")
def evaluation():
    equals(K.variable(np.array([[1, 2], [3, 4]]), dtype="float32"), [[1.0, 2.0], [3.0, 4.0]])


@example("000:668")
def zeros():
    equals(K.zeros((3, 4)), [[0.0] * 4] * 3)


@example("000:693")
def ones():
    equals(K.ones((3, 4)), [[1.0] * 4] * 3)


@example("000:718")
def eye():
    equals(K.eye(3), [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


@example("000:743")
def zeros_like():
    """Without a dtype the code of Keras 2 takes floatx, though the documents say that of x."""
    kvar = K.variable(np.random.random((2, 3)))
    equals(K.zeros_like(kvar), [[0.0] * 3] * 2)
    equals(K.zeros_like(K.variable([1, 2], "int32")), [0.0, 0.0])


@example("000:768")
def ones_like():
    kvar = K.variable(np.random.random((2, 3)))
    equals(K.ones_like(kvar), [[1.0] * 3] * 2)


@example("000:813")
def random_uniform_variable():
    value = K.eval(K.random_uniform_variable((2, 3), 0, 1))
    assert (value.shape, value.dtype) == ((2, 3), "float32")
    assert ((value >= 0) & (value < 1)).all()


@example("000:842")
def random_normal_variable():
    value = K.eval(K.random_normal_variable((2, 3), 0, 1))
    assert (value.shape, value.dtype) == ((2, 3), "float32")
    assert np.isfinite(value).all()


@example("000:865")
def count_params():
    kvar = K.zeros((2, 3))
    assert K.count_params(kvar) == 6
    equals(kvar, [[0.0] * 3] * 2)


@example("000:891")
def cast():
    input = K.placeholder((2, 3), dtype="float32")
    assert K.dtype(K.cast(input, dtype="float16")) == "float16"
    assert K.dtype(input) == "float32"
    input = K.cast(input, dtype="float16")
    assert (K.dtype(input), K.int_shape(input)) == ("float16", (2, 3))


@example("000:990")
def dot():
    x, y = K.placeholder(shape=(2, 3)), K.placeholder(shape=(3, 4))
    assert K.int_shape(K.dot(x, y)) == (2, 4)
    x, y = K.placeholder(shape=(32, 28, 3)), K.placeholder(shape=(3, 4))
    assert K.int_shape(K.dot(x, y)) == (32, 28, 4)


@example("000:1002", "dot")
def dot_as_theano():
    x = K.random_uniform_variable(shape=(2, 3), low=0, high=1)
    y = K.ones((4, 3, 5))
    xy = K.dot(x, y)
    assert K.int_shape(xy) == (2, 4, 5)
    close(xy, np.dot(K.eval(x), K.eval(y)))


@example("000:1021", "batch_dot")
def batch_dot_of_two_matrices():
    """Seeds 001 and 004 print [[17, 53]]."""
    x, y = K.variable([[1, 2], [3, 4]]), K.variable([[5, 6], [7, 8]])
    equals(K.batch_dot(x, y, axes=1), [[17.0], [53.0]])


@example("000:1026", "batch_dot")
def batch_dot_is_a_loop():
    x, y = CUBE, CUBE[:, ::-1].transpose(0, 2, 1).copy()
    inner_products = []
    for xi, yi in zip(x, y, strict=True):
        inner_products.append(xi.dot(yi))
    close(K.batch_dot(K.variable(x), K.variable(y)), np.stack(inner_products))


@example("000:1035", "batch_dot")
def batch_dot_shape_rule():
    x, y = K.placeholder((100, 20)), K.placeholder((100, 30, 20))
    assert K.int_shape(K.batch_dot(x, y, axes=(1, 2))) == (100, 30)


@example("000:1046", "batch_dot")
def batch_dot_of_ones():
    x_batch, y_batch = K.ones(shape=(32, 20, 1)), K.ones(shape=(32, 30, 20))
    assert K.int_shape(K.batch_dot(x_batch, y_batch, axes=[1, 2])) == (32, 1, 30)


@example("000:1068")
def transpose():
    var = K.variable([[1, 2, 3], [4, 5, 6]])
    equals(var, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    equals(K.transpose(var), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]])
    assert K.int_shape(K.transpose(K.placeholder((2, 3)))) == (3, 2)


def test_000_2157_print_tensor(capfd):
    x = K.print_tensor(K.variable([1.5]), message="x is: ")
    assert capfd.readouterr().out == ""
    equals(x, [1.5])
    assert capfd.readouterr().out.startswith("x is: ")


@example("000:3090")
def backend():
    assert K.backend() == BACKEND


# E. The names that seed 002 lists


NAMES_OF_002 = (SEEDS / "names_002.txt").read_text().split()


@pytest.mark.parametrize("name", NAMES_OF_002, ids="002:112 {}".format)
def test_name_is_there(name):
    assert callable(getattr(K, name))


@example("002:118")
def symbolic():
    """K's decorators return the function; they are there for programs written for TensorFlow 2."""
    assert K.symbolic(shape) is shape
    assert K.eager(shape) is shape


@example("002:122")
def get_uids():
    assert K.get_uids("dense") == 1
    assert K.get_uid("dense") == 2


# F. The notebook


def test_004_notebook_runs_from_top_to_bottom(tmp_path):
    environment = {
        **os.environ,
        "KERAS_BACKEND": BACKEND,
        "KERAS_HOME": str(tmp_path),
        "PYTHONSAFEPATH": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    done = subprocess.run(
        [sys.executable, SEEDS / "notebook_004.py"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("run", EXAMPLES)
def test_example(run):
    run()
