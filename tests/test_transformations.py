"""K on native tensors under its engine's transformations: compiled, differentiated, batched.

The engine is that of KERAS_BACKEND; NumPy has no transformations.
"""

import os

import numpy as np
import pytest

import kswitch

ENGINE = os.environ.get("KERAS_BACKEND", "numpy")
K = kswitch.load_backend(ENGINE)

RNG = np.random.RandomState(5)
X = RNG.uniform(0.1, 0.9, (3, 4)).astype("float32")
W = RNG.uniform(-0.5, 0.5, (4, 5)).astype("float32")
T = np.eye(5, dtype="float32")[[0, 3, 1]]
IMAGES = RNG.uniform(-1, 1, (2, 6, 7, 3)).astype("float32")
KERNEL = RNG.uniform(-1, 1, (3, 2, 3, 4)).astype("float32")
STEPS = RNG.uniform(-1, 1, (2, 3, 4)).astype("float32")


def mlp(x, w, t):
    return K.mean(K.categorical_crossentropy(t, K.softmax(K.dot(K.relu(x), w))))


def recurrent(x, w):
    def step(x_t, states):
        new = K.tanh(K.dot(x_t, w) + states[0])
        return new, [new]

    first = K.dot(K.zeros_like(x[:, 0]), w)
    last, outputs, _ = K.rnn(step, x, [first])
    return K.sum(last) + K.sum(K.square(outputs))


CALLS = {
    "abs": (K.abs, X - 0.5),
    "sum": (lambda x: K.sum(x, axis=1, keepdims=True), X),
    "mean": (lambda x: K.mean(x, -1), X),
    "var": (lambda x: K.var(x, [0, 1]), X),
    "max": (lambda x: K.max(x, 0), X),
    "prod": (lambda x: K.prod(x, 1), X),
    "logsumexp": (lambda x: K.logsumexp(x, -1), X),
    "cumsum": (lambda x: K.cumsum(x, 1), X),
    "sqrt": (K.sqrt, X),
    "pow": (lambda x: K.pow(x, 3), X),
    "clip": (lambda x: K.clip(x, 0.2, 0.7), X),
    "maximum": (lambda x: K.maximum(x, 0.45), X),
    "dot": (K.dot, X, W),
    "batch_dot": (lambda x, y: K.batch_dot(x, y, axes=1), X, X + 1),
    "reshape": (lambda x: K.reshape(x, (2, -1)), X),
    "flatten": (K.batch_flatten, IMAGES),
    "permute": (lambda x: K.permute_dimensions(x, (1, 0)), X),
    "concatenate": (lambda x, y: K.concatenate([x, y], 0), X, X + 1),
    "stack": (lambda x, y: K.stack([x, y], 1), X, X + 1),
    "tile": (lambda x: K.tile(x, (1, 2)), X),
    "repeat_elements": (lambda x: K.repeat_elements(x, 2, 1), X),
    "reverse": (lambda x: K.reverse(x, 1), X),
    "expand_dims": (lambda x: K.squeeze(K.expand_dims(x, 1), 1), X),
    "padding": (K.spatial_2d_padding, IMAGES),
    "resize": (lambda x: K.resize_images(x, 2, 3, "channels_last"), IMAGES),
    "relu": (lambda x: K.relu(x, alpha=0.1, max_value=0.3), X - 0.5),
    "relu-at-threshold": (lambda x: K.relu(x, threshold=0.5), np.round(X * 4) / 4),
    "relu-at-threshold-alpha": (lambda x: K.relu(x, alpha=0.1, threshold=0.5), np.round(X * 4) / 4),
    "elu": (K.elu, X - 0.5),
    "softmax": (K.softmax, X),
    "sigmoid": (K.sigmoid, X),
    "hard_sigmoid": (K.hard_sigmoid, X),
    "softsign": (K.softsign, X),
    "binary_crossentropy": (lambda x: K.binary_crossentropy(x, x * 0.9), X),
    "l2_normalize": (lambda x: K.l2_normalize(x, 1), X),
    "batch_normalization": (
        lambda x: K.normalize_batch_in_training(x, None, None, [0])[0],
        X,
    ),
    "conv2d": (lambda x, k: K.conv2d(x, k, padding="same"), IMAGES, KERNEL),
    "conv2d-strides": (lambda x, k: K.conv2d(x, k, strides=(2, 2)), IMAGES, KERNEL),
    "pool2d": (lambda x: K.pool2d(x, (2, 2), (2, 2), pool_mode="avg"), IMAGES),
    "switch": (lambda x: K.switch(K.greater(x, 0.5), x, 2 * x), X),
    "in_train_phase": (lambda x: K.in_train_phase(2 * x, x, training=1), X),
    "mlp": (mlp, X, W, T),
    "rnn": (recurrent, STEPS, W[:, :4]),
}

each = pytest.mark.parametrize(
    ("function", "arrays"), [(f, a) for f, *a in CALLS.values()], ids=CALLS
)


def native(array):
    adapter = K._functions.adapter
    return adapter.asarray(array, array.dtype.name)


def values(x):
    return K._functions.adapter.to_numpy(x)


def plainly(function, arrays):
    return values(function(*map(native, arrays)))


def symbolic_gradients(function, arrays):
    """Gradients of the sum by K's own rules, to compare the engine's with."""
    variables = [K.variable(a) for a in arrays]
    return [K.eval(g) for g in K.gradients(K.sum(function(*variables)), variables)]


def agree(got, want):
    np.testing.assert_allclose(got, want, rtol=2e-4, atol=2e-5)


if ENGINE == "jax":
    import jax

    @each
    def test_jit(function, arrays):
        agree(values(jax.jit(function)(*arrays)), plainly(function, arrays))

    @each
    def test_jit_traces_once(function, arrays):
        traces = []

        @jax.jit
        def counted(*tensors):
            traces.append(1)
            return function(*tensors)

        counted(*arrays)
        counted(*arrays)
        assert len(traces) == 1

    @each
    def test_grad(function, arrays):
        def loss(*tensors):
            return K.sum(function(*tensors))

        found = jax.grad(loss, tuple(range(len(arrays))))(*map(native, arrays))
        for got, want in zip(found, symbolic_gradients(function, arrays), strict=True):
            agree(values(got), want)

    @each
    def test_vmap(function, arrays):
        batched = [np.stack([a, a * 0.9]) for a in arrays]
        want = [plainly(function, [b[i] for b in batched]) for i in (0, 1)]
        agree(values(jax.vmap(function)(*map(native, batched))), np.stack(want))

    @each
    def test_shard_map(function, arrays):
        """On a mesh of one device: every array whole."""
        mesh = jax.make_mesh((1,), ("batch",), (jax.sharding.AxisType.Auto,))
        whole = jax.sharding.PartitionSpec()
        sharded = jax.shard_map(function, mesh=mesh, in_specs=whole, out_specs=whole)
        agree(values(jax.jit(sharded)(*map(native, arrays))), plainly(function, arrays))


if ENGINE == "tensorflow":
    import tensorflow as tf

    @each
    def test_tf_function(function, arrays):
        compiled = tf.function(function, autograph=False)
        agree(values(compiled(*map(native, arrays))), plainly(function, arrays))

    @each
    def test_tf_function_traces_once(function, arrays):
        compiled = tf.function(function, autograph=False)
        compiled(*map(native, arrays))
        compiled(*map(native, arrays))
        assert compiled.experimental_get_tracing_count() == 1

    @each
    def test_gradient_tape(function, arrays):
        tensors = list(map(native, arrays))
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            loss = K.sum(function(*tensors))
        for got, want in zip(
            tape.gradient(loss, tensors), symbolic_gradients(function, arrays), strict=True
        ):
            agree(values(tf.convert_to_tensor(got)), want)


if ENGINE == "torch":
    import torch

    @each
    def test_compile_without_a_graph_break(function, arrays):
        torch._dynamo.reset()
        compiled = torch.compile(function, fullgraph=True, backend="eager")
        agree(values(compiled(*map(native, arrays))), plainly(function, arrays))

    @each
    def test_compile_traces_once(function, arrays):
        traces = []

        def counted(graph, inputs):
            traces.append(1)
            return graph.forward

        torch._dynamo.reset()
        compiled = torch.compile(function, backend=counted)
        compiled(*map(native, arrays))
        compiled(*map(native, arrays))
        assert len(traces) == 1

    @each
    def test_autograd(function, arrays):
        tensors = [native(a).requires_grad_() for a in arrays]
        K.sum(function(*tensors)).backward()
        for x, want in zip(tensors, symbolic_gradients(function, arrays), strict=True):
            agree(values(x.grad), want)

    @each
    def test_func_grad(function, arrays):
        def loss(*tensors):
            return K.sum(function(*tensors))

        found = torch.func.grad(loss, tuple(range(len(arrays))))(*map(native, arrays))
        for got, want in zip(found, symbolic_gradients(function, arrays), strict=True):
            agree(values(got), want)

    @each
    def test_func_vmap(function, arrays):
        batched = [np.stack([a, a * 0.9]) for a in arrays]
        want = [plainly(function, [b[i] for b in batched]) for i in (0, 1)]
        agree(values(torch.func.vmap(function)(*map(native, batched))), np.stack(want))


if ENGINE == "numpy":

    @each
    def test_native_is_symbolic(function, arrays):
        want = plainly(function, arrays)
        agree(K.eval(function(*[K.variable(a) for a in arrays])), want)
