"""By hand on TensorFlow: one tf.function with a signature, and the fused update of a variable."""

import tensorflow as tf


def build(weights, rate):
    w1, b1, w2, b2 = variables = [tf.Variable(w) for w in weights]
    inputs, classes = weights[0].shape[0], weights[2].shape[1]

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, inputs), tf.float32),
            tf.TensorSpec((None, classes), tf.float32),
        ]
    )
    def update(x, t):
        with tf.GradientTape() as tape:
            h = tf.nn.relu(tf.nn.bias_add(tf.matmul(x, w1), b1))
            z = tf.nn.bias_add(tf.matmul(h, w2), b2)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=t, logits=z))
        for w, g in zip(variables, tape.gradient(loss, variables), strict=True):
            tf.raw_ops.ResourceApplyGradientDescent(var=w.handle, alpha=rate, delta=g)
        return loss

    def step(x, t):
        return float(update(x, t).numpy())

    return step
