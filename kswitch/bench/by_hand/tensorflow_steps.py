"""By hand on TensorFlow: one tf.function with a signature, and the fused updates of variables."""

import tensorflow as tf

from kswitch.bench import models


def logistic(x, weights):
    w, b = weights
    return tf.nn.bias_add(tf.matmul(x, w), b)


def mlp(x, weights):
    w1, b1, w2, b2 = weights
    h = tf.nn.relu(tf.nn.bias_add(tf.matmul(x, w1), b1))
    return tf.nn.bias_add(tf.matmul(h, w2), b2)


def cnn(x, weights):
    k1, b1, k2, b2, w, b = weights
    for kernel, bias in ((k1, b1), (k2, b2)):
        x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), bias))
        x = tf.nn.max_pool2d(x, 2, 2, "VALID")
    return tf.nn.bias_add(tf.matmul(tf.reshape(x, (-1, w.shape[0])), w), b)


def lstm(x, weights):
    kernel, recurrent, bias, w, b = weights
    rows = tf.nn.bias_add(tf.matmul(tf.transpose(x, (1, 0, 2)), kernel), bias)

    def advance(n, h, c):
        z = rows[n] + tf.matmul(h, recurrent)
        i, f, g, o = tf.split(z, 4, 1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        return n + 1, tf.sigmoid(o) * tf.tanh(c), c

    steps = x.shape[1]
    zeros = tf.zeros((tf.shape(x)[0], recurrent.shape[0]))
    loop = tf.while_loop(
        lambda n, h, c: n < steps, advance, (0, zeros, zeros), maximum_iterations=steps
    )
    return tf.nn.bias_add(tf.matmul(loop[1], w), b)


LOGITS = {"logistic regression": logistic, "MLP": mlp, "CNN": cnn, "LSTM": lstm}


def sgd(variables):
    moments = [tf.Variable(tf.zeros(w.shape)) for w in variables]

    def change(gradients):
        for w, m, g in zip(variables, moments, gradients, strict=True):
            tf.raw_ops.ResourceApplyKerasMomentum(
                var=w.handle, accum=m.handle, lr=models.RATE, grad=g, momentum=models.MOMENTUM
            )

    return change


def adam(variables):
    first, second = ([tf.Variable(tf.zeros(w.shape)) for w in variables] for _ in range(2))
    b1, b2 = models.ADAM["beta_1"], models.ADAM["beta_2"]
    powers = tf.Variable(b1), tf.Variable(b2)

    def change(gradients):
        for w, m, v, g in zip(variables, first, second, gradients, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=w.handle,
                m=m.handle,
                v=v.handle,
                beta1_power=powers[0],
                beta2_power=powers[1],
                lr=models.ADAM["rate"],
                beta1=b1,
                beta2=b2,
                epsilon=models.ADAM["epsilon"],
                grad=g,
            )
        powers[0].assign(powers[0] * b1)
        powers[1].assign(powers[1] * b2)

    return change


def build(model, optimizer, weights, jit_compile=None):
    variables = [tf.Variable(w) for w in weights]
    change = sgd(variables) if optimizer == "SGD" else adam(variables)
    logits = LOGITS[model]
    shape = {"CNN": (None, 28, 28, 1), "LSTM": (None, models.STEPS, models.FEATURES)}
    x = tf.TensorSpec(shape.get(model, (None, models.INPUTS)), tf.float32)
    t = tf.TensorSpec((None, models.CLASSES), tf.float32)

    @tf.function(input_signature=[x, t], jit_compile=jit_compile)
    def update(x, t):
        with tf.GradientTape() as tape:
            z = logits(x, variables)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=t, logits=z))
        change(tape.gradient(loss, variables))
        return loss

    return lambda x, t: float(update(x, t).numpy())
