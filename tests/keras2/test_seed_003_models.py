"""Seed 003, models: its examples on synthetic data, smaller where size is all that differs."""

import keras
import numpy as np
import pytest
from keras import layers
from keras.layers import (
    LSTM,
    Activation,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    Input,
    MaxPooling1D,
    MaxPooling2D,
    TimeDistributed,
)
from keras.models import Model, Sequential
from keras.optimizers import SGD

from kswitch import data


@pytest.fixture(autouse=True)
def seed():
    np.random.seed(7)


def trained(model, x, y, **options):
    """The losses of a model over epochs."""
    history = model.fit(x, y, **{"verbose": 0, "epochs": 2, **options})
    assert np.isfinite(history.history["loss"]).all()
    return history.history["loss"]


def one_hot(rows, classes):
    return keras.utils.to_categorical(np.random.randint(classes, size=(rows, 1)), classes)


def digits(count):
    (images, labels), _ = data.load_digits()
    return images[:count].reshape(count, -1) / 16.0, keras.utils.to_categorical(labels[:count], 10)


def test_line_435_a_model_is_built_trained_and_asked():
    model = Sequential()
    model.add(Dense(units=64, activation="relu", input_dim=64))
    model.add(Dense(units=10, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    x, y = digits(512)
    losses = trained(model, x, y, epochs=5, batch_size=32)
    assert losses[-1] < losses[0]
    model.train_on_batch(x[:32], y[:32])
    loss_and_metrics = model.evaluate(x, y, batch_size=128, verbose=0)
    assert len(loss_and_metrics) == 2
    classes = model.predict(x, batch_size=128)
    assert classes.shape == (512, 10)
    np.testing.assert_allclose(classes.sum(1), 1, rtol=1e-5)


def test_line_624_a_list_of_layers_makes_a_model():
    model = Sequential(
        [Dense(32, input_shape=(784,)), Activation("relu"), Dense(10), Activation("softmax")]
    )
    assert model.output_shape == (None, 10)
    assert model.count_params() == 784 * 32 + 32 + 32 * 10 + 10


def test_line_654_input_shape_and_input_dim_are_one():
    a, b = Sequential([Dense(32, input_shape=(784,))]), Sequential([Dense(32, input_dim=784)])
    assert a.input_shape == b.input_shape == (None, 784)


def test_line_672_a_metric_may_be_a_function():
    from keras import backend as K

    def mean_pred(y_true, y_pred):
        return K.mean(y_pred)

    model = Sequential([Dense(1, input_dim=4, activation="sigmoid")])
    model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy", mean_pred])
    x = np.random.random((32, 4))
    model.fit(x, x[:, :1] > 0.5, verbose=0)
    score = model.evaluate(x, x[:, :1] > 0.5, verbose=0)
    np.testing.assert_allclose(score[2], model.predict(x).mean(), rtol=1e-4)


def test_line_712_two_classes():
    model = Sequential(
        [Dense(32, activation="relu", input_dim=100), Dense(1, activation="sigmoid")]
    )
    model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
    trained(model, np.random.random((200, 100)), np.random.randint(2, size=(200, 1)))


def test_line_735_ten_classes():
    model = Sequential(
        [Dense(32, activation="relu", input_dim=100), Dense(10, activation="softmax")]
    )
    model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    trained(model, np.random.random((200, 100)), one_hot(200, 10))


def test_line_783_perceptron_with_momentum():
    model = Sequential()
    model.add(Dense(64, activation="relu", input_dim=20))
    model.add(Dropout(0.5))
    model.add(Dense(64, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(10, activation="softmax"))
    sgd = SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=True)
    model.compile(loss="categorical_crossentropy", optimizer=sgd, metrics=["accuracy"])
    x, y = np.random.random((200, 20)), one_hot(200, 10)
    losses = trained(model, x, y, epochs=4, batch_size=128)
    assert losses[-1] < losses[0]
    assert len(model.evaluate(x, y, batch_size=128, verbose=0)) == 2


def test_line_849_convolutions_like_vgg():
    model = Sequential()
    model.add(Conv2D(8, (3, 3), activation="relu", input_shape=(20, 20, 3)))
    model.add(Conv2D(8, (3, 3), activation="relu"))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Dropout(0.25))
    model.add(Conv2D(16, (3, 3), activation="relu"))
    model.add(Conv2D(16, (3, 3), activation="relu"))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Dropout(0.25))
    model.add(Flatten())
    model.add(Dense(32, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(10, activation="softmax"))
    assert [layer.output_shape[1:3] for layer in model.layers if "pool" in layer.name] == [
        (8, 8),
        (2, 2),
    ]
    model.compile(loss="categorical_crossentropy", optimizer=SGD(lr=0.01, nesterov=True))
    trained(model, np.random.random((16, 20, 20, 3)), one_hot(16, 10), batch_size=8, epochs=1)


def test_line_893_sequences_with_an_lstm():
    model = Sequential([Embedding(50, output_dim=16), LSTM(8), Dropout(0.5), Dense(1)])
    model.add(Activation("sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    x, y = np.random.randint(50, size=(32, 12)), np.random.randint(2, size=(32, 1))
    trained(model, x, y, batch_size=16)
    assert len(model.evaluate(x, y, batch_size=16, verbose=0)) == 2


def test_line_922_sequences_with_convolutions():
    model = Sequential()
    model.add(Conv1D(8, 3, activation="relu", input_shape=(30, 10)))
    model.add(Conv1D(8, 3, activation="relu"))
    model.add(MaxPooling1D(3))
    model.add(Conv1D(16, 3, activation="relu"))
    model.add(Conv1D(16, 3, activation="relu"))
    model.add(GlobalAveragePooling1D())
    model.add(Dropout(0.5))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    trained(model, np.random.random((32, 30, 10)), np.random.randint(2, size=(32, 1)), epochs=1)


def test_line_952_lstms_on_lstms():
    model = Sequential()
    model.add(LSTM(8, return_sequences=True, input_shape=(8, 16)))
    model.add(LSTM(8, return_sequences=True))
    model.add(LSTM(8))
    model.add(Dense(10, activation="softmax"))
    model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    x, y = np.random.random((64, 8, 16)), np.random.random((64, 10))
    trained(model, x, y, batch_size=32, epochs=1, validation_data=(x[:20], y[:20]))


def test_line_997_lstms_that_keep_their_state():
    model = Sequential()
    shape = (32, 8, 16)
    model.add(LSTM(8, return_sequences=True, stateful=True, batch_input_shape=shape))
    model.add(LSTM(8, stateful=True))
    model.add(Dense(10, activation="softmax"))
    model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    x, y = np.random.random((96, 8, 16)), np.random.random((96, 10))
    validation = (x[:32], y[:32])
    trained(model, x, y, batch_size=32, shuffle=False, epochs=1, validation_data=validation)
    first, second = model.predict(x[:32], 32), model.predict(x[:32], 32)
    assert np.abs(first - second).max() > 1e-6
    model.reset_states()
    third = model.predict(x[:32], 32)
    model.reset_states()
    np.testing.assert_allclose(model.predict(x[:32], 32), third, rtol=1e-5)


# The functional API


def test_line_1056_a_model_of_functions_is_a_layer_too():
    inputs = Input(shape=(784,))
    x = Dense(16, activation="relu")(inputs)
    x = Dense(16, activation="relu")(x)
    predictions = Dense(10, activation="softmax")(x)
    model = Model(inputs=inputs, outputs=predictions)
    model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    trained(model, np.random.random((32, 784)), one_hot(32, 10), epochs=1)
    x = Input(shape=(784,))
    assert model(x)._keras_shape == (None, 10)  # line 1107
    input_sequences = Input(shape=(20, 784))  # line 1121
    processed_sequences = TimeDistributed(model)(input_sequences)
    assert keras.backend.int_shape(processed_sequences) == (None, 20, 10)
    frames = np.random.random((2, 20, 784))
    per_frame = Model(input_sequences, processed_sequences).predict(frames)
    np.testing.assert_allclose(per_frame[:, 3], model.predict(frames[:, 3]), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("named", [False, True])
def test_line_1145_several_inputs_and_outputs(named):
    main_input = Input(shape=(12,), dtype="int32", name="main_input")
    x = Embedding(output_dim=16, input_dim=100, input_length=12)(main_input)
    lstm_out = LSTM(8)(x)
    auxiliary_output = Dense(1, activation="sigmoid", name="aux_output")(lstm_out)
    auxiliary_input = Input(shape=(5,), name="aux_input")
    x = keras.layers.concatenate([lstm_out, auxiliary_input])
    x = Dense(16, activation="relu")(x)
    main_output = Dense(1, activation="sigmoid", name="main_output")(x)
    model = Model([main_input, auxiliary_input], [main_output, auxiliary_output])
    words, extra = np.random.randint(100, size=(32, 12)), np.random.random((32, 5))
    labels = np.random.randint(2, size=(32, 1))
    if named:
        losses = dict.fromkeys(("main_output", "aux_output"), "binary_crossentropy")
        weights = {"main_output": 1.0, "aux_output": 0.2}
        model.compile("rmsprop", loss=losses, loss_weights=weights)
        inputs = {"main_input": words, "aux_input": extra}
        outputs = {"main_output": labels, "aux_output": labels}
    else:
        model.compile("rmsprop", loss="binary_crossentropy", loss_weights=[1.0, 0.2])
        inputs, outputs = [words, extra], [labels, labels]
    trained(model, inputs, outputs, epochs=1, batch_size=32)
    total, main, auxiliary = model.evaluate(inputs, outputs, verbose=0)
    np.testing.assert_allclose(total, main + 0.2 * auxiliary, rtol=1e-5)


def test_line_1235_a_layer_is_shared():
    tweet_a, tweet_b = Input(shape=(14, 16)), Input(shape=(14, 16))
    shared_lstm = LSTM(8)
    merged_vector = keras.layers.concatenate([shared_lstm(tweet_a), shared_lstm(tweet_b)], axis=-1)
    predictions = Dense(1, activation="sigmoid")(merged_vector)
    model = Model(inputs=[tweet_a, tweet_b], outputs=predictions)
    model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
    a, b = np.random.random((2, 16, 14, 16))
    trained(model, [a, b], np.random.randint(2, size=(16, 1)), epochs=1)
    assert len(model.trainable_weights) == 5


def test_line_1278_the_only_output_of_a_layer():
    a = Input(shape=(140, 256))
    lstm = LSTM(32)
    assert lstm(a) == lstm.output


def test_line_1289_outputs_of_a_layer_that_was_called_twice():
    a, b = Input(shape=(140, 256)), Input(shape=(140, 256))
    lstm = LSTM(32, name="lstm_1")
    encoded_a, encoded_b = lstm(a), lstm(b)
    message = 'Layer lstm_1 has multiple inbound nodes, hence the notion of "layer output" is '
    with pytest.raises(AttributeError, match=message + "ill-defined. Use `get_output_at"):
        _ = lstm.output
    assert lstm.get_output_at(0) == encoded_a
    assert lstm.get_output_at(1) == encoded_b


def test_line_1316_input_shapes_of_a_layer():
    a, b = Input(shape=(32, 32, 3)), Input(shape=(64, 64, 3))
    conv = Conv2D(16, (3, 3), padding="same")
    conv(a)
    assert conv.input_shape == (None, 32, 32, 3)
    conv(b)
    assert conv.get_input_shape_at(0) == (None, 32, 32, 3)
    assert conv.get_input_shape_at(1) == (None, 64, 64, 3)


def test_line_1340_inception():
    input_img = Input(shape=(256, 256, 3))
    tower_1 = Conv2D(64, (1, 1), padding="same", activation="relu")(input_img)
    tower_1 = Conv2D(64, (3, 3), padding="same", activation="relu")(tower_1)
    tower_2 = Conv2D(64, (1, 1), padding="same", activation="relu")(input_img)
    tower_2 = Conv2D(64, (5, 5), padding="same", activation="relu")(tower_2)
    tower_3 = MaxPooling2D((3, 3), strides=(1, 1), padding="same")(input_img)
    tower_3 = Conv2D(64, (1, 1), padding="same", activation="relu")(tower_3)
    output = keras.layers.concatenate([tower_1, tower_2, tower_3], axis=1)
    assert keras.backend.int_shape(output) == (None, 768, 256, 64)


def test_line_1363_residual_connection():
    x = Input(shape=(16, 16, 3))
    y = Conv2D(3, (3, 3), padding="same", kernel_initializer="zeros")(x)
    z = keras.layers.add([x, y])
    images = np.random.random((2, 16, 16, 3)).astype("float32")
    np.testing.assert_allclose(Model(x, z).predict(images), images)


def test_line_1378_a_vision_model_is_shared():
    digit_input = Input(shape=(14, 14, 1))
    x = Conv2D(4, (3, 3))(digit_input)
    x = Conv2D(4, (3, 3))(x)
    x = MaxPooling2D((2, 2))(x)
    vision_model = Model(digit_input, Flatten()(x))
    digit_a, digit_b = Input(shape=(14, 14, 1)), Input(shape=(14, 14, 1))
    out = keras.layers.concatenate([vision_model(digit_a), vision_model(digit_b)])
    model = Model([digit_a, digit_b], Dense(1, activation="sigmoid")(out))
    model.compile("sgd", "binary_crossentropy")
    a, b = np.random.random((2, 8, 14, 14, 1))
    trained(model, [a, b], np.random.randint(2, size=(8, 1)), epochs=1)


@pytest.fixture
def vision_model():
    model = Sequential()
    model.add(Conv2D(4, (3, 3), activation="relu", padding="same", input_shape=(12, 12, 3)))
    model.add(Conv2D(4, (3, 3), activation="relu"))
    model.add(MaxPooling2D((2, 2)))
    model.add(Flatten())
    return model


def test_line_1414_questions_about_pictures_and_videos(vision_model):
    image_input = Input(shape=(12, 12, 3))
    encoded_image = vision_model(image_input)
    question_input = Input(shape=(10,), dtype="int32")
    embedded = Embedding(input_dim=100, output_dim=8, input_length=10)(question_input)
    encoded_question = LSTM(8)(embedded)
    merged = keras.layers.concatenate([encoded_question, encoded_image])
    vqa_model = Model([image_input, question_input], Dense(20, activation="softmax")(merged))
    vqa_model.compile("sgd", "categorical_crossentropy")
    images, questions = np.random.random((4, 12, 12, 3)), np.random.randint(100, size=(4, 10))
    trained(vqa_model, [images, questions], one_hot(4, 20), epochs=1)
    video_input = Input(shape=(5, 12, 12, 3))  # line 1478
    encoded_frame_sequence = TimeDistributed(vision_model)(video_input)
    encoded_video = LSTM(8)(encoded_frame_sequence)
    question_encoder = Model(inputs=question_input, outputs=encoded_question)
    video_question_input = Input(shape=(10,), dtype="int32")
    encoded_video_question = question_encoder(video_question_input)
    merged = keras.layers.concatenate([encoded_video, encoded_video_question])
    output = Dense(20, activation="softmax")(merged)
    video_qa_model = Model(inputs=[video_input, video_question_input], outputs=output)
    answers = video_qa_model.predict([np.random.random((2, 5, 12, 12, 3)), questions[:2]])
    np.testing.assert_allclose(answers.sum(1), 1, rtol=1e-5)


def test_line_2049_configurations_make_the_same_model():
    inputs = Input(shape=(4,))
    model = Model(inputs, layers.Dense(3, activation="tanh")(inputs))
    config = model.get_config()
    assert Model.from_config(config).get_config() == config
    from_json = keras.models.model_from_json(model.to_json())
    from_yaml = keras.models.model_from_yaml(model.to_yaml())
    for copy in (from_json, from_yaml):
        copy.set_weights(model.get_weights())
        x = np.random.random((2, 4))
        np.testing.assert_allclose(copy.predict(x), model.predict(x), rtol=1e-6)
