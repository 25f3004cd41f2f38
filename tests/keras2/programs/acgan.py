"""A generator of images of a class, and a discriminator that tells fakes and classes."""

import warnings

import numpy as np
from keras.layers import (
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Embedding,
    Flatten,
    Input,
    LeakyReLU,
    Reshape,
    UpSampling2D,
    multiply,
)
from keras.models import Model, Sequential
from keras.optimizers import Adam

from programs import weights

LATENT, CLASSES, BATCH = 6, 3, 6
LOSSES = ["binary_crossentropy", "sparse_categorical_crossentropy"]


def generator():
    net = Sequential()
    net.add(Dense(2 * 2 * 8, input_dim=LATENT, activation="relu"))
    net.add(Reshape((2, 2, 8)))
    net.add(Conv2DTranspose(6, 3, strides=2, padding="same", activation="relu"))
    net.add(BatchNormalization())
    net.add(UpSampling2D((2, 2)))
    net.add(Conv2D(1, 3, padding="same", activation="tanh"))
    noise, label = Input((LATENT,)), Input((1,), dtype="int32")
    embedded = Flatten()(Embedding(CLASSES, LATENT)(label))
    return Model([noise, label], net(multiply([noise, embedded])))


def discriminator():
    net = Sequential()
    net.add(Conv2D(4, 3, padding="same", strides=2, input_shape=(8, 8, 1)))
    net.add(LeakyReLU(0.2))
    net.add(Conv2D(6, 3, padding="same", strides=1))
    net.add(LeakyReLU(0.2))
    net.add(Flatten())
    image = Input((8, 8, 1))
    features = net(image)
    fake = Dense(1, activation="sigmoid", name="fake")(features)
    return Model(image, [fake, Dense(CLASSES, activation="softmax", name="class")(features)])


def run():
    random = np.random.RandomState(1)
    judge, painter = discriminator(), generator()
    judge.compile(Adam(lr=2e-4, beta_1=0.5), loss=LOSSES)
    noise, label = Input((LATENT,)), Input((1,), dtype="int32")
    judge.trainable = False
    combined = Model([noise, label], judge(painter([noise, label])))
    combined.compile(Adam(lr=2e-4, beta_1=0.5), loss=LOSSES)
    weights.fill(judge, 1)
    weights.fill(painter, 2)

    losses = []
    for _ in range(3):
        images = random.uniform(-1, 1, size=(BATCH, 8, 8, 1))
        drawn = random.uniform(-1, 1, size=(2, BATCH, LATENT))
        classes = random.randint(CLASSES, size=(2, BATCH))
        painted = painter.predict([drawn[0], classes[0].reshape(-1, 1)])
        x = np.concatenate([images, painted])
        real = np.array([0.95] * BATCH + [0.0] * BATCH)
        counted = [np.ones(2 * BATCH), np.array([2.0] * BATCH + [0.0] * BATCH)]
        with warnings.catch_warnings():
            # that the weights of the judge were switched off since it was compiled: they were
            warnings.simplefilter("ignore", UserWarning)
            told = judge.train_on_batch(x, [real, np.concatenate(classes)], sample_weight=counted)
        wanted = [np.full(BATCH, 0.95), classes[1]]
        losses.append(told + combined.train_on_batch([drawn[1], classes[1].reshape(-1, 1)], wanted))
    return {
        "losses": losses,
        "norms": weights.norms(judge) + weights.norms(painter),
        "painted": painter.predict([drawn[0][:1], np.array([[1]])])[0, ::2],
        "judged": np.concatenate(judge.predict(images[:3]), axis=1),
    }
