"""K.function and K.gradients on Keras 3 models: activations, and gradients as differences say."""

import keras
import numpy as np
import pytest
from keras3.snippets import arrays, fixed, predicted

from kswitch import backend as K

X = arrays((3, 4))[0]


@pytest.fixture
def model():
    """Smooth, so that differences say what its gradients are; with dropout and a normalisation."""
    x = keras.Input((4,))
    y = keras.layers.Dense(5, activation="tanh", name="hidden")(x)
    y = keras.layers.Dropout(0.5, name="dropout")(y)
    y = keras.layers.BatchNormalization(name="norm")(y)
    model = fixed(keras.Model(x, keras.layers.Dense(2, activation="sigmoid")(y)))
    for v in model.non_trainable_variables:
        if v.name == "moving_variance":
            v.assign(np.linspace(0.5, 1.5, 5))
    return model


def differences(loss, array, step=1e-2):
    """The gradient of loss(array) by central differences."""
    result = np.zeros(array.shape)
    for i in np.ndindex(array.shape):
        high, low = array.copy(), array.copy()
        high[i] += step
        low[i] -= step
        result[i] = (loss(high) - loss(low)) / (2 * step)
    return result


def values(x):
    return np.array(keras.ops.convert_to_numpy(x))


def near(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=1e-2, atol=1e-3)


def test_outputs_of_layers(model):
    names = ["hidden", "norm"]
    found = K.function([model.input], [model.get_layer(n).output for n in names])([X])
    kernel, bias = model.get_layer("hidden").get_weights()
    near(found[0], np.tanh(X @ kernel + bias))
    assert [type(a) for a in found] == [np.ndarray] * 2


def test_one_output_gives_one_array(model):
    found = K.function([model.input], model.output)([X])
    np.testing.assert_allclose(found, predicted(model, X), rtol=1e-5)


def test_inner_tensors_can_be_fed(model):
    hidden = model.get_layer("hidden").output
    found = K.function([hidden], [model.output])([K.function([model.input], hidden)([X])])[0]
    np.testing.assert_allclose(found, predicted(model, X), rtol=1e-5)


@pytest.mark.parametrize("phase", [True, 1])
def test_learning_phase_is_fed(phase, model):
    function = K.function([model.input, K.learning_phase()], [model.get_layer("dropout").output])
    first, second = function([X, phase])[0], function([X, phase])[0]
    assert (first == 0).any()
    assert (first != second).any()
    assert (function([X, 0])[0] != 0).all()


def test_nothing_is_updated_in_the_training_phase(model):
    before = model.get_weights()
    K.function([model.input, K.learning_phase()], [model.output])([X, 1])
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_functions_of_outputs(model):
    y = model.output
    loss, top = K.function([model.input], [K.mean(y[:, 0]), K.max(K.square(y), axis=-1)])([X])
    p = predicted(model, X)
    near(loss, p[:, 0].mean())
    near(top, np.square(p).max(-1))


def test_size_as_output(model):
    assert K.function([model.input], [K.shape(model.output)])([X])[0].tolist() == [3, 2]


def test_gradient_by_the_input(model):
    found = K.function([model.input], K.gradients(model.output[:, 1], model.input))([X])[0]
    near(found, differences(lambda a: predicted(model, a)[:, 1].sum(), X))


def test_gradient_by_an_inner_tensor(model):
    hidden = model.get_layer("hidden").output
    gradient = K.function([model.input], K.gradients(K.sum(K.square(model.output)), [hidden]))
    rest = K.function([hidden], [model.output])
    h = K.function([model.input], [hidden])([X])[0]
    near(gradient([X])[0], differences(lambda a: np.square(rest([a])[0]).sum(), h))


def test_gradients_by_weights(model):
    weights = model.get_layer("hidden").trainable_weights
    found = K.function([model.input], K.gradients(K.mean(model.output), weights))([X])
    for weight, gradient in zip(weights, found, strict=True):
        value = np.array(K.get_value(weight))

        def loss(changed, weight=weight):
            K.set_value(weight, changed)
            return predicted(model, X).mean()

        near(gradient, differences(loss, value))
        K.set_value(weight, value)


def test_gradients_of_gradients(model):
    first = K.gradients(model.output[:, 0], model.input)[0]
    second = K.gradients(K.square(first), model.input)[0]
    step = K.function([model.input], [first])
    found = K.function([model.input], [second])([X])[0]
    near(found, differences(lambda a: np.square(step([a])[0]).sum(), X))


def test_gradient_by_the_first_call_of_a_shared_layer():
    x = keras.Input((4,))
    shared = keras.layers.Dense(4, activation="tanh")
    first = shared(x)
    model = fixed(keras.Model(x, shared(first)))
    gradient = K.function([x], K.gradients(model.output, [first]))
    h = K.function([x], [first])([X])[0]
    near(gradient([X])[0], differences(lambda a: np.sum(values(shared(a))), h))


def test_gradients_by_several_results_of_a_layer():
    x = keras.Input((3, 2))
    outputs, _, cell = keras.layers.LSTM(2, return_state=True)(x)
    steps = X.reshape(2, 3, 2)
    by_cell, by_outputs = K.function([x], K.gradients(outputs * cell, [cell, outputs]))([steps])
    wanted = K.function([x], [outputs, cell])([steps])
    near(by_cell, wanted[0])
    near(by_outputs, wanted[1])


def test_gradient_behind_a_mask():
    x = keras.Input((3,), dtype="int32")
    embedded = keras.layers.Embedding(5, 2, mask_zero=True)(x)
    sums = K.sum(keras.layers.SimpleRNN(2)(embedded))
    found = K.function([x], K.gradients(sums, [embedded]))([[[1, 2, 0], [3, 0, 0]]])[0]
    assert np.any(found, -1).tolist() == [[True, True, False], [True, False, False]]


def test_gradient_by_the_loss_itself(model):
    assert np.all(K.function([model.input], K.gradients(model.output, model.output))([X])[0] == 1)


def test_outputs_that_are_inputs(model):
    hidden = model.get_layer("hidden").output
    found = K.function([hidden], [hidden, model.output, hidden])([X[:, [0, 0, 1, 2, 3]]])
    np.testing.assert_array_equal(found[0], X[:, [0, 0, 1, 2, 3]])
    np.testing.assert_array_equal(found[0], found[2])


def test_inputs_that_do_not_suffice(model):
    other = keras.Input((2,))
    with pytest.raises(ValueError, match=r"disconnected|not connected"):
        K.function([model.get_layer("hidden").output], [model.output + other])


def test_several_losses_add_up(model):
    y = model.output
    both = K.function([model.input], K.gradients([y[:, 0], y[:, 1]], [model.input]))([X])[0]
    near(both, differences(lambda a: predicted(model, a).sum(), X))


def test_gradient_of_a_function_of_k(model):
    loss = K.binary_crossentropy(K.constant([[0.0, 1.0]]) * K.ones_like(model.output), model.output)
    gradient = K.function([model.input], K.gradients(loss, model.input))([X])[0]
    value = K.function([model.input], [loss])
    near(gradient, differences(lambda a: value([a])[0].sum(), X))


def test_no_connection_gives_none(model):
    other = keras.Input((4,))
    assert K.gradients(model.output, [other, model.input])[0] is None


def test_weights_without_connection_give_none(model):
    head = model.layers[-1].trainable_weights[0]
    assert K.gradients(model.get_layer("hidden").output, [head]) == [None]


def test_an_integer_input_has_no_gradient():
    x = keras.Input((3,), dtype="int32")
    y = keras.layers.Embedding(5, 2)(x)
    assert K.gradients(y, [x]) == [None]


def test_a_layer_of_gradients_cannot_be_saved(model, tmp_path):
    whole = keras.Model(model.input, K.gradients(model.output, model.input))
    with pytest.raises(TypeError, match=r"cannot be saved: .* call K\.gradients after loading it"):
        whole.save(tmp_path / "model.keras")


# Classic idioms


def test_input_of_the_first_layer(model):
    found = K.function([model.layers[0].input], [model.layers[-1].output])([X])[0]
    np.testing.assert_allclose(found, predicted(model, X), rtol=1e-5)


def test_input_of_the_first_layer_of_a_sequential_model():
    model = fixed(keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]))
    found = K.function([model.layers[0].input, K.learning_phase()], [model.layers[-1].output])
    np.testing.assert_allclose(found([X, 0])[0], predicted(model, X), rtol=1e-5)


def test_an_index_is_a_python_int(model):
    """Keras itself refuses others; see the README."""
    with pytest.raises(ValueError, match="Unsupported key type"):
        model.output[:, np.argmax([0, 1])]
    column = model.output[:, int(np.argmax([0, 1]))]
    assert K.function([model.input], K.gradients(column, model.input))([X])[0].shape == X.shape


def test_several_inputs():
    a, b = keras.Input((4,)), keras.Input((4,))
    model = keras.Model([a, b], keras.layers.Subtract()([a, b]))
    np.testing.assert_allclose(K.function(model.inputs, model.outputs)([X, 2 * X])[0], -X)


def test_gradient_ascent_goes_up(model):
    loss = K.mean(model.output[:, 0])
    grads = K.gradients(loss, model.input)[0]
    grads /= K.sqrt(K.mean(K.square(grads))) + K.epsilon()
    iterate = K.function([model.input], [loss, grads])
    x, losses = X.copy(), []
    for _ in range(5):
        value, step = iterate([x])
        losses.append(value)
        x += 0.1 * step
    assert losses == sorted(losses)


# Mistakes


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda m: K.function(m.input, [m.output]), TypeError, "should be a list or tuple"),
        (lambda m: K.function([K.placeholder((2,))], [m.output]), TypeError, "are KerasTensors"),
        (lambda m: K.function([m.input], [m.output], updates=[1]), ValueError, "no updates on a K"),
        (lambda m: K.function([m.input], [m.output], nam=""), ValueError, 'argument "nam" passed'),
        (lambda m: K.function([m.input], [m.output])(X), TypeError, "called with one list of valu"),
        (lambda m: K.function([m.input], [m.output])([X, X]), ValueError, "takes 1 values, one fo"),
        (
            lambda m: K.gradients(K.variable(1.0), [m.input]),
            TypeError,
            "loss of a Keras 3 model is",
        ),
        (lambda m: K.gradients(m.output, [K.variable(1.0)]), TypeError, "by tensors and variables"),
    ],
)
def test_mistake(call, error, match, model):
    with pytest.raises(error, match=match):
        call(model)
