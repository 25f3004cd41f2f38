"""K calls on KerasTensors: layers of a functional model, saved and loaded with it."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras3.snippets import arrays, predicted

from kswitch import backend as K

X = arrays((3, 4))[0]


def value(y, x, a=X, training=False):
    """What a model from x to y gives."""
    result = keras.Model(x, y)(a, training=training)
    return keras.tree.map_structure(lambda t: np.array(keras.ops.convert_to_numpy(t)), result)


@pytest.fixture
def x():
    return keras.Input((4,))


CALLS = {
    "op": (lambda x: K.square(x), np.square),
    "op-with-options": (lambda x: K.sum(x, axis=-1, keepdims=True), lambda a: a.sum(1)[:, None]),
    "composite": (K.hard_sigmoid, lambda a: np.clip(0.2 * a + 0.5, 0, 1)),
    "keywords": (lambda x: K.clip(x=x, max_value=0.5, min_value=0), lambda a: a.clip(0, 0.5)),
    "list": (lambda x: K.concatenate([x, K.abs(x)]), lambda a: np.concatenate([a, abs(a)], 1)),
    "array": (lambda x: K.maximum(x, np.zeros(4)), lambda a: np.maximum(a, 0)),
    "constant": (lambda x: K.maximum(K.constant(0.1), x), lambda a: np.maximum(a, 0.1)),
    "list-of-numbers": (lambda x: K.maximum(x, [0.0, 1, 2, 3]), lambda a: np.maximum(a, range(4))),
    "shape": (
        lambda x: K.reshape(x, (K.shape(x)[0] * 2, K.shape(x)[1] // 2)),
        lambda a: a.reshape(-1, 2),
    ),
    "size": (lambda x: x * K.shape(x)[0], lambda a: 3 * a),
    "size-first": (lambda x: K.shape(x)[0] / x, lambda a: 3 / a),
    "size-of-sizes": (lambda x: x * (1 + -K.shape(x)[1] // K.shape(x)[0] % 5), lambda a: 4 * a),
    "size-in-keras": (
        lambda x: keras.ops.multiply(x, keras.ops.cast(K.size(x), "float32")),
        lambda a: 12 * a,
    ),
    "sizes-one-by-one": (lambda x: x * (lambda n, m: n - m)(*K.shape(x)), lambda a: -a),
    "sizes-of-new-tensors": (
        lambda x: K.concatenate([x, K.zeros((K.shape(x)[0], 2))]),
        lambda a: np.pad(a, ((0, 0), (0, 2))),
    ),
    "numbers-up-to-a-size": (
        lambda x: x * K.cast(K.arange(K.shape(x)[1]), "float32"),
        lambda a: a * range(4),
    ),
    "constant-in-keras": (lambda x: x * K.constant([0.0, 1, 2, 3]), lambda a: a * range(4)),
    "variable-in-keras": (lambda x: x - K.variable(2.0), lambda a: a - 2),
    "tile": (lambda x: K.tile(x, K.stack([1, K.shape(x)[1]])), lambda a: np.tile(a, (1, 4))),
    "operators": (lambda x: K.exp(-x) * x[:, 1:2], lambda a: np.exp(-a) * a[:, 1:2]),
    "conversion": (lambda x: K.cast(x > 0, "int32"), lambda a: (a > 0).astype("int32")),
    "several-results": (
        lambda x: K.normalize_batch_in_training(x, None, None, [0])[1],
        lambda a: a.mean(0),
    ),
    "choice": (lambda x: K.switch(K.sum(x) > 100, lambda: x, lambda: -x), lambda a: -a),
}


@pytest.mark.parametrize("name", CALLS)
def test_value_is_numpys(name, x):
    call, wanted = CALLS[name]
    np.testing.assert_allclose(value(call(x), x), wanted(X), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CALLS)
def test_shape_and_dtype_are_known(name, x):
    y = CALLS[name][0](x)
    result = value(y, x)
    assert y.dtype == result.dtype
    assert all(n in (None, m) for n, m in zip(y.shape, result.shape, strict=True))


@pytest.mark.parametrize("name", CALLS)
def test_a_saved_model_holds_the_call(name, x, tmp_path):
    model = keras.Model(x, CALLS[name][0](x))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(X), model(X))


@pytest.mark.parametrize("name", ["op", "list", "array", "tile", "several-results"])
def test_the_older_format_holds_the_call(name, x, tmp_path):
    """Without operators: those of Keras itself cannot be loaded from it."""
    model = keras.Model(x, CALLS[name][0](x))
    model.save(tmp_path / "model.h5")
    again = keras.saving.load_model(tmp_path / "model.h5")
    np.testing.assert_array_equal(again(X), model(X))


def test_a_call_is_one_layer_of_its_name(x):
    model = keras.Model(x, K.hard_sigmoid(x))
    assert [layer.name.rstrip("0123456789") for layer in model.layers[1:]] == ["k_hard_sigmoid_"]


def test_a_new_process_loads_the_model(x, tmp_path):
    model = keras.Model(x, K.softmax(K.square(x)) * K.constant(2.0) / K.shape(x)[0])
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", predicted(model, X))
    program = (
        "import keras, numpy as np, kswitch.keras3\n"
        f"model = keras.saving.load_model({str(tmp_path / 'model.keras')!r})\n"
        f"x, y = [np.load({str(tmp_path)!r} + '/' + n) for n in ('x.npy', 'y.npy')]\n"
        "np.testing.assert_allclose(model.predict(x, verbose=0), y, rtol=1e-6)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_training_decides_the_phase(x):
    y = K.in_train_phase(2 * x, x)
    np.testing.assert_array_equal(value(y, x), X)
    np.testing.assert_array_equal(value(y, x, training=True), 2 * X)


def test_training_decides_between_functions(x):
    y = K.in_train_phase(lambda: K.square(x), lambda: x)
    np.testing.assert_array_equal(value(y, x, training=True), np.square(X))


def test_phase_of_a_loaded_model(x, tmp_path):
    keras.Model(x, K.in_test_phase(x, -x)).save(tmp_path / "model.keras")
    model = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(X, training=True), -X)


@pytest.mark.filterwarnings("ignore:The model does not have any trainable weights")
def test_random_numbers_are_new_ones_in_training(x):
    model = keras.Model(x, K.in_train_phase(K.dropout(x, 0.5), x))
    model.compile("sgd", lambda t, p: K.sum(K.square(t - p)))
    x = np.linspace(0.1, 1, 120).reshape(30, 4)
    history = model.fit(x, np.zeros((30, 4)), epochs=2, verbose=0).history["loss"]
    assert history[0] != history[1]
    np.testing.assert_array_equal(predicted(model, X), X)


def test_a_variable_of_k_is_read_at_each_call(x):
    factor = K.variable(2.0)
    model = keras.Model(x, K.maximum(x * 0, factor))
    assert predicted(model, X)[0, 0] == 2.0
    K.set_value(factor, 3.0)
    assert predicted(model, X)[0, 0] == 3.0


def test_gradients_flow_through_a_call(x):
    h = keras.layers.Dense(3, kernel_initializer="ones")(x)
    model = keras.Model(x, K.sum(K.square(h), -1, keepdims=True))
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    before = model.get_weights()[0]
    model.fit(X, np.zeros((3, 1)), verbose=0)
    assert np.all(model.get_weights()[0] != before)


def test_another_shape_is_inferred_anew(x):
    layer = keras.Model(x, K.batch_flatten(K.expand_dims(x, -1))).layers[-1]
    assert layer(keras.Input((4, 5))).shape == (None, 20)


def test_a_loop_is_a_layer():
    x = keras.Input((5, 2))
    last, outputs, states = K.rnn(lambda x, s: (x + s[0], [x + s[0]]), x, [x[:, 0] * 0])
    assert (last.shape, outputs.shape, len(states)) == ((None, 2), (None, 5, 2), 1)
    a = arrays((3, 5, 2))[0]
    np.testing.assert_allclose(value(outputs, x, a), a.cumsum(1), rtol=1e-4, atol=1e-6)


def test_a_call_ends_a_mask():
    """Without a warning, which would be an error here."""
    x = keras.Input((3, 2))
    squares = K.square(keras.layers.Masking()(x))
    a = np.array([[[1, 2], [0, 0], [0, 0]]], "float32")
    found = value(keras.layers.GlobalAveragePooling1D()(squares), x, a)
    np.testing.assert_allclose(found, np.square(a).mean(1), rtol=1e-6)


def test_a_function_cannot_be_saved(x, tmp_path):
    model = keras.Model(x, K.map_fn(lambda row: row, x))
    with pytest.raises(TypeError, match=r"cannot be saved: K\.map_fn was given <function"):
        model.save(tmp_path / "model.keras")


def test_a_keras_tensor_has_no_value(x):
    with pytest.raises(ValueError, match=r"has no value before that is fed: K\.function\("):
        K.eval(x)


def test_a_placeholder_beside_a_keras_tensor(x):
    with pytest.raises(TypeError, match=r"meet in one call: .* Make that a keras\.Input, too"):
        K.dot(x, K.placeholder((4, 4)))


def test_a_tensor_with_a_value_beside_a_keras_tensor(x):
    with pytest.raises(TypeError, match=r"dot\(\) got a KerasTensor together with a tensor"):
        K.dot(x, keras.ops.ones((4, 4)))


def test_random_numbers_for_a_size(x):
    model = keras.Model(x, x + K.random_normal((K.shape(x)[0], 4)))
    first, second = predicted(model, X), predicted(model, X)
    assert np.all(first != second)


def test_sizes_that_are_known_stay_known(x):
    rows, columns = K.shape(x)
    assert K.reshape(x, (2 * rows, columns // 2)).shape == (None, 2)


def test_no_layer_is_left_of_a_size_that_k_uses(x):
    model = keras.Model(x, K.reshape(x, (K.shape(x)[0] * 2, 2)))
    assert len(model.layers) == 2


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        (K.int_shape, (None, 4)),
        (K.ndim, 2),
        (K.dtype, "float32"),
        (K.is_keras_tensor, True),
        (K.is_tensor, True),
        (K.is_variable, False),
        (K.is_placeholder, False),
    ],
)
def test_questions_about_a_keras_tensor(function, answer, x):
    assert function(x) == answer
