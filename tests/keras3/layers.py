"""Layers and regularizers as people paste them: written for Keras 2, but for the imports."""

from keras import initializers
from keras.layers import Layer

from kswitch import backend as K


class Attention(Layer):
    """Attention with context over time steps."""

    def build(self, input_shape):
        self.W = self.add_weight(name="W", shape=(input_shape[-1], 1), initializer="normal")
        self.b = self.add_weight(name="b", shape=(input_shape[1], 1), initializer="zeros")
        super().build(input_shape)

    def call(self, x):
        e = K.tanh(K.dot(x, self.W) + self.b)
        e = K.squeeze(e, axis=-1)
        alpha = K.softmax(e)
        alpha = K.expand_dims(alpha, axis=-1)
        context = x * alpha
        return K.sum(context, axis=1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])


def squash(x, axis=-1):
    s_squared_norm = K.sum(K.square(x), axis, keepdims=True) + K.epsilon()
    scale = K.sqrt(s_squared_norm) / (0.5 + s_squared_norm)
    return scale * x


class Capsule(Layer):
    """Capsules with routing by agreement, one set of weights for all inputs."""

    def __init__(self, num_capsule, dim_capsule, routings=3, **kwargs):
        super().__init__(**kwargs)
        self.num_capsule = num_capsule
        self.dim_capsule = dim_capsule
        self.routings = routings

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="capsule_kernel",
            shape=(1, input_shape[-1], self.num_capsule * self.dim_capsule),
            initializer="glorot_uniform",
        )

    def call(self, inputs):
        hat_inputs = K.conv1d(inputs, self.kernel)
        batch_size = K.shape(inputs)[0]
        input_num_capsule = K.shape(inputs)[1]
        hat_inputs = K.reshape(
            hat_inputs, (batch_size, input_num_capsule, self.num_capsule, self.dim_capsule)
        )
        hat_inputs = K.permute_dimensions(hat_inputs, (0, 2, 1, 3))
        b = K.zeros_like(hat_inputs[:, :, :, 0])
        for i in range(self.routings):
            c = K.softmax(b, 1)
            o = squash(K.sum(K.expand_dims(c, -1) * hat_inputs, axis=2))
            if i < self.routings - 1:
                b += K.sum(K.expand_dims(o, 2) * hat_inputs, axis=-1)
        return o

    def compute_output_shape(self, input_shape):
        return (None, self.num_capsule, self.dim_capsule)


class LayerNormalization(Layer):
    def __init__(self, eps=1e-6, **kwargs):
        self.eps = eps
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.gamma = self.add_weight(
            name="gamma", shape=input_shape[-1:], initializer=initializers.Ones(), trainable=True
        )
        self.beta = self.add_weight(
            name="beta", shape=input_shape[-1:], initializer=initializers.Zeros(), trainable=True
        )
        super().build(input_shape)

    def call(self, x):
        mean = K.mean(x, axis=-1, keepdims=True)
        std = K.std(x, axis=-1, keepdims=True)
        return self.gamma * (x - mean) / (std + self.eps) + self.beta

    def compute_output_shape(self, input_shape):
        return input_shape


class GaussianNoise(Layer):
    def __init__(self, stddev, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.stddev = stddev

    def call(self, inputs, training=None):
        def noised():
            return inputs + K.random_normal(shape=K.shape(inputs), mean=0.0, stddev=self.stddev)

        return K.in_train_phase(noised, inputs, training=training)

    def compute_output_shape(self, input_shape):
        return input_shape


class HardSigmoid(Layer):
    def call(self, x):
        return K.hard_sigmoid(x)


def l1_reg(weight_matrix):
    return 0.01 * K.sum(K.abs(weight_matrix))


class L2:
    """A regularizer with a coefficient that K keeps, so that a callback can change it."""

    def __init__(self, l2=0.01):
        self.l2 = K.cast_to_floatx(l2)

    def __call__(self, x):
        return self.l2 * K.sum(K.square(x))


def non_negative(w):
    return w * K.cast(K.greater_equal(w, 0.0), K.floatx())


def my_init(shape, dtype=None):
    return K.random_normal(shape, dtype=dtype, stddev=0.1, seed=3)
