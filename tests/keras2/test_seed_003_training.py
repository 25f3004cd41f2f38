"""Seed 003, training: saving, callbacks, generators, freezing, state, preprocessing, utilities."""

import hashlib
import json
import pathlib

import h5py
import keras
import numpy as np
import pytest
from keras import backend as K
from keras.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from keras.layers import LSTM, Activation, Dense, Dropout, Input
from keras.models import Model, Sequential, load_model
from keras.preprocessing import image, sequence, text
from keras.utils import CustomObjectScope


@pytest.fixture(autouse=True)
def seed():
    np.random.seed(11)


@pytest.fixture
def model():
    model = Sequential()
    model.add(Dense(10, input_dim=12, kernel_initializer="uniform"))
    model.add(Activation("softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    return model


@pytest.fixture
def samples():
    x = np.random.random((60, 12))
    return x, keras.utils.to_categorical(np.argmax(x[:, :10], 1), 10)


# Saving


def test_line_1668_a_saved_model_predicts_and_goes_on_alike(model, samples, tmp_path):
    model.fit(*samples, verbose=0)
    model.save(tmp_path / "my_model.h5")
    again = load_model(tmp_path / "my_model.h5")
    np.testing.assert_allclose(again.predict(samples[0]), model.predict(samples[0]), rtol=1e-6)
    first = [m.train_on_batch(*samples)[0] for m in (model, again) for _ in range(2)]
    np.testing.assert_allclose(first[:2], first[2:], rtol=1e-5)


def test_line_1716_weights_are_loaded_by_name(tmp_path):
    fname = str(tmp_path / "weights.h5")
    model = Sequential([Dense(2, input_dim=3, name="dense_1"), Dense(3, name="dense_2")])
    model.save_weights(fname)
    new = Sequential([Dense(2, input_dim=3, name="dense_1"), Dense(10, name="new_dense")])
    before = new.layers[1].get_weights()[0]
    new.load_weights(fname, by_name=True)
    np.testing.assert_array_equal(new.layers[0].get_weights()[0], model.get_weights()[0])
    np.testing.assert_array_equal(new.layers[1].get_weights()[0], before)


class Scale(keras.layers.Layer):
    def build(self, input_shape):
        self.factor = self.add_weight("factor", shape=(), initializer="ones")
        super().build(input_shape)

    def call(self, x):
        return x * self.factor


@pytest.mark.parametrize("scope", [False, True])
def test_line_1753_own_layers_are_named_on_loading(tmp_path, scope):
    path = tmp_path / "own.h5"
    model = Sequential([Scale(input_shape=(3,)), Dense(2)])
    model.compile("sgd", "mse")
    model.save(path)
    if scope:
        with CustomObjectScope({"Scale": Scale}):
            again = load_model(path)
    else:
        again = load_model(path, custom_objects={"Scale": Scale})
    x = np.random.random((2, 3))
    np.testing.assert_allclose(again.predict(x), model.predict(x), rtol=1e-6)


def test_line_1765_outputs_of_inner_layers_in_both_phases():
    model = Sequential([Dense(20, input_dim=8, activation="relu"), Dropout(0.5), Dense(3)])
    x = np.random.random((6, 8))
    get_layer_output = K.function([model.layers[0].input], [model.layers[0].output])
    first = get_layer_output([x])[0]
    get_dropped = K.function([model.layers[0].input, K.learning_phase()], [model.layers[1].output])
    np.testing.assert_allclose(get_dropped([x, 0])[0], first, rtol=1e-6)
    dropped = get_dropped([x, 1])[0]
    kept = dropped != 0
    np.testing.assert_allclose(dropped[kept], 2 * first[kept], rtol=1e-5)
    assert (dropped == 0).sum() > (first == 0).sum()


# While a model trains


def test_line_1790_training_stops_early(model, samples):
    stopping = EarlyStopping(monitor="val_loss", patience=1, min_delta=10.0)
    history = model.fit(*samples, validation_split=0.2, callbacks=[stopping], epochs=9, verbose=0)
    assert len(history.epoch) == 2


def test_line_1814_history_has_losses_and_metrics(model, samples):
    hist = model.fit(*samples, validation_split=0.2, verbose=0)
    assert set(hist.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert isinstance(round(hist.history["loss"][0], 2), float)
    assert isinstance(round(hist.history["accuracy"][0], 2), np.floating)


def test_validation_takes_the_last_samples(model, samples):
    x, y = samples
    hist = model.fit(x, y, validation_split=0.25, verbose=0, shuffle=False)
    loss, _ = model.evaluate(x[45:], y[45:], verbose=0)
    np.testing.assert_allclose(hist.history["val_loss"][0], loss, rtol=1e-5)


def test_line_1831_frozen_layers_keep_their_weights():
    x = Input(shape=(8,))
    layer = Dense(4)
    layer.trainable = False
    y = layer(x)
    frozen_model = Model(x, y)
    frozen_model.compile(optimizer="rmsprop", loss="mse")
    layer.trainable = True
    trainable_model = Model(x, y)
    trainable_model.compile(optimizer="rmsprop", loss="mse")
    data, labels = np.random.random((8, 8)), np.random.random((8, 4))
    before = layer.get_weights()[0]
    with pytest.warns(UserWarning, match="Discrepancy between trainable weights"):
        frozen_model.fit(data, labels, verbose=0)
    np.testing.assert_array_equal(layer.get_weights()[0], before)
    trainable_model.fit(data, labels, verbose=0)
    assert np.abs(layer.get_weights()[0] - before).max() > 0


def test_line_1873_state_is_kept_between_batches_and_reset():
    x = np.random.random((4, 21, 6))
    model = Sequential()
    model.add(LSTM(5, input_shape=(10, 6), batch_size=4, stateful=True))
    model.add(Dense(6, activation="softmax"))
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy")
    model.train_on_batch(x[:, :10, :], np.reshape(x[:, 10, :], (4, 6)))
    state = K.get_value(model.layers[0].states[0])
    assert np.abs(state).max() > 0
    model.train_on_batch(x[:, 10:20, :], np.reshape(x[:, 20, :], (4, 6)))
    assert np.abs(K.get_value(model.layers[0].states[0]) - state).max() > 0
    model.reset_states()
    model.layers[0].reset_states()
    assert np.abs(K.get_value(model.layers[0].states[0])).max() == 0


def test_line_1902_the_last_layer_is_removed():
    model = Sequential([Dense(32, activation="relu", input_dim=784), Dense(32, activation="relu")])
    assert len(model.layers) == 2
    model.pop()
    assert len(model.layers) == 1
    assert model.predict(np.zeros((1, 784))).shape == (1, 32)


def test_line_1955_a_dataset_of_a_file_is_predicted(model, tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x_data"] = np.random.random((9, 12))
    with h5py.File(tmp_path / "data.h5", "r") as file:
        assert model.predict(file["x_data"]).shape == (9, 10)
    matrix = keras.utils.HDF5Matrix(tmp_path / "data.h5", "x_data", start=0, end=5)  # 10744
    assert model.predict(matrix).shape == (5, 10)


def test_line_2318_batches_come_from_a_generator(model, samples, tmp_path):
    np.savetxt(tmp_path / "file.txt", np.hstack(samples))

    def generate_arrays_from_file(path):
        while 1:
            with open(path) as file:
                for line in file:
                    row = np.array([line.split()], dtype=float)
                    yield row[:, :12], row[:, 12:]

    batches = generate_arrays_from_file(tmp_path / "file.txt")
    history = model.fit_generator(batches, steps_per_epoch=20, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2
    assert len(model.evaluate_generator(batches, steps=3)) == 2
    assert model.predict_generator(batches, steps=3).shape == (3, 10)


class Batches(keras.utils.Sequence):
    def __init__(self, x, y, size):
        self.x, self.y, self.size = x, y, size

    def __len__(self):
        return len(self.x) // self.size

    def __getitem__(self, index):
        rows = slice(index * self.size, (index + 1) * self.size)
        return self.x[rows], self.y[rows]


@pytest.mark.parametrize("workers", [0, 2])
def test_line_10779_batches_come_from_a_sequence(model, samples, workers):
    batches = Batches(*samples, 10)
    model.fit_generator(batches, epochs=2, verbose=0, workers=workers)
    want = model.predict(samples[0])
    np.testing.assert_allclose(model.predict_generator(batches, workers=workers), want, rtol=1e-5)


def test_line_6340_losses_of_batches_are_recorded(model, samples):
    class LossHistory(Callback):
        def on_train_begin(self, logs=None):
            self.losses = []

        def on_batch_end(self, batch, logs=None):
            self.losses.append(logs.get("loss"))

    history = LossHistory()
    model.fit(*samples, batch_size=20, epochs=2, verbose=0, callbacks=[history])
    assert len(history.losses) == 6
    assert np.isfinite(history.losses).all()


def test_line_6374_the_best_model_is_kept(model, samples, tmp_path):
    path = tmp_path / "weights.hdf5"
    checkpointer = ModelCheckpoint(filepath=str(path), save_best_only=True)
    hist = model.fit(*samples, epochs=3, verbose=0, validation_split=0.2, callbacks=[checkpointer])
    best = load_model(path)
    loss, _ = best.evaluate(samples[0][48:], samples[1][48:], verbose=0)
    np.testing.assert_allclose(loss, min(hist.history["val_loss"]), rtol=1e-4)


def test_lines_6221_to_6299_other_callbacks(model, samples, tmp_path):
    log = open(tmp_path / "loss_log.json", mode="w", buffering=1)  # noqa: SIM115
    batches = []
    callbacks = [
        ReduceLROnPlateau(monitor="val_loss", factor=0.2, patience=1, min_lr=1e-5, min_delta=10),
        CSVLogger(str(tmp_path / "training.log")),
        LambdaCallback(on_batch_begin=lambda batch, logs: batches.append(batch)),
        LambdaCallback(
            on_epoch_end=lambda epoch, logs: log.write(
                json.dumps({"epoch": epoch, "loss": logs["loss"]}) + "\n"
            ),
            on_train_end=lambda logs: log.close(),
        ),
        TerminateOnNaN(),
    ]
    model.fit(
        *samples, batch_size=30, epochs=3, validation_split=0.2, verbose=0, callbacks=callbacks
    )
    assert batches == [0, 1] * 3
    np.testing.assert_allclose(K.get_value(model.optimizer.lr), 4e-5, rtol=1e-5)
    lines = (tmp_path / "loss_log.json").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [0, 1, 2]
    assert (tmp_path / "training.log").read_text().startswith("epoch,accuracy,loss,lr,val_accuracy")


def test_a_schedule_sets_the_learning_rate(model, samples):
    model.fit(
        *samples,
        epochs=2,
        verbose=0,
        callbacks=[LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))],
    )
    np.testing.assert_allclose(K.get_value(model.optimizer.lr), 0.05, rtol=1e-6)


@pytest.mark.parametrize("limit", [{"clipnorm": 1.0}, {"clipvalue": 0.5}])
def test_line_5721_gradients_are_clipped(limit):
    model = Sequential([Dense(1, input_dim=2, use_bias=False, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(lr=1.0, **limit), "mse")
    model.train_on_batch(np.full((1, 2), 3.0), np.full((1, 1), 100.0))
    step = model.get_weights()[0][:, 0]
    want = [0.5, 0.5] if "clipvalue" in limit else [np.sqrt(0.5)] * 2
    np.testing.assert_allclose(step, want, rtol=1e-5)


def test_line_1994_seeds_make_training_repeatable(samples):
    def losses():
        K.clear_session()
        np.random.seed(42)
        model = Sequential([Dense(8, input_dim=12), Dropout(0.3), Dense(10, activation="softmax")])
        model.compile("adam", "categorical_crossentropy")
        return model.fit(*samples, epochs=2, verbose=0).history["loss"]

    np.testing.assert_allclose(losses(), losses(), rtol=1e-6)


# Preprocessing and utilities


def test_line_5406_images_are_made_while_a_model_trains():
    x = np.random.random((20, 8, 8, 3)) * 255
    y = keras.utils.to_categorical(np.arange(20) % 2, 2)
    datagen = image.ImageDataGenerator(
        featurewise_center=True,
        featurewise_std_normalization=True,
        rotation_range=20,
        width_shift_range=0.2,
        height_shift_range=0.2,
        horizontal_flip=True,
    )
    datagen.fit(x)
    model = Sequential([keras.layers.Flatten(input_shape=(8, 8, 3)), Dense(2)])
    model.compile("sgd", "mse")
    history = model.fit_generator(
        datagen.flow(x, y, batch_size=5), steps_per_epoch=4, epochs=1, verbose=0
    )
    assert np.isfinite(history.history["loss"]).all()


@pytest.mark.parametrize("mode", ["constant", "nearest", "reflect", "wrap"])
def test_line_5350_fill_modes(mode):
    row = np.array([1.0, 2, 3, 4]).reshape(4, 1, 1)
    generator = image.ImageDataGenerator(fill_mode=mode, cval=9)
    moved = generator.apply_transform(row, {"tx": 2})[:, 0, 0].tolist()
    # the ends are one point to the wrap of SciPy
    want = {"constant": [9, 9], "nearest": [4, 4], "reflect": [4, 3], "wrap": [2, 3]}
    assert moved == [3.0, 4.0, *want[mode]]


def test_sequences_and_texts_are_prepared():
    padded = sequence.pad_sequences([[1, 2], [1, 2, 3]], maxlen=4)
    assert padded.tolist() == [[0, 0, 1, 2], [0, 1, 2, 3]]
    tokenizer = text.Tokenizer(num_words=10)
    tokenizer.fit_on_texts(["the cat sat", "the dog"])
    assert tokenizer.texts_to_sequences(["the dog sat"]) == [[1, 4, 3]]
    assert text.text_to_word_sequence("One, two!") == ["one", "two"]


def test_line_10800_categories_and_norms():
    assert keras.utils.to_categorical([0, 2], 3).tolist() == [[1, 0, 0], [0, 0, 1]]
    np.testing.assert_allclose(keras.utils.normalize(np.array([[3.0, 4.0]])), [[0.6, 0.8]])


def test_a_file_is_fetched_once_and_checked(tmp_path):
    source = tmp_path / "source.txt"
    source.write_text("text")
    digest = hashlib.sha256(b"text").hexdigest()
    path = keras.utils.get_file(
        "copy.txt", source.as_uri(), cache_dir=str(tmp_path), file_hash=digest
    )
    assert pathlib.Path(path).read_text() == "text"


SIZES = {"MobileNet": 4253864}


@pytest.mark.parametrize("name", SIZES)
def test_line_6713_parameters_of_an_application(name):
    model = getattr(keras.applications, name)(weights=None)
    assert model.count_params() == SIZES[name]


# What has no other engine than TensorFlow 1


def test_line_10940_multi_gpu_says_so():
    with pytest.raises(ValueError, match="only available with the TensorFlow backend"):
        keras.utils.multi_gpu_model(Sequential([Dense(2, input_dim=2)]), gpus=2)


def test_line_4420_cudnn_layers_say_so():
    with pytest.raises(RuntimeError, match="only available with the TensorFlow backend"):
        keras.layers.CuDNNGRU(4)


def test_tensorboard_says_so(tmp_path):
    with pytest.raises(ImportError, match=r"You need the TensorFlow \(v1\) module"):
        keras.callbacks.TensorBoard(str(tmp_path))
