"""Symbolic tensors of K among native ones: in calls of K, operators, and the engine's functions.

The engine is that of KERAS_BACKEND; NumPy's arrays are constants of a graph, and record.
"""

import os

import numpy as np
import pytest

import kswitch

ENGINE = os.environ.get("KERAS_BACKEND", "numpy")
K = kswitch.load_backend(ENGINE)
ADAPTER = K._functions.adapter
X = np.array([[1.0, 2, 3], [4, 5, 6]], "float32")


@pytest.fixture
def x():
    return ADAPTER.asarray(X, "float32")


@pytest.fixture
def v():
    return K.variable([[2.0, 2, 2]], name="v")


if ENGINE == "numpy":

    @pytest.mark.parametrize("call", [lambda x, v: x * v, lambda x, v: K.maximum(x, v)])
    def test_an_array_is_a_constant(call, x, v):
        assert K.is_symbolic(call(x, v))

else:
    CALLS = {
        "left": (lambda x, v: x * v, X * 2),
        "right": (lambda x, v: v * x, X * 2),
        "minus": (lambda x, v: v - x, 2 - X),
        "minus-from": (lambda x, v: x - v, X - 2),
        "divide": (lambda x, v: x / v, X / 2),
        "compare": (lambda x, v: x > v, X > 2),
        "op": (lambda x, v: K.maximum(x, v), np.maximum(X, 2)),
        "op-first": (lambda x, v: K.maximum(v, x), np.maximum(X, 2)),
        "composite": (lambda x, v: K.switch(x > v, x, v), np.maximum(X, 2)),
        "list": (lambda x, v: K.concatenate([x, v], 0), np.vstack([X, [[2, 2, 2]]])),
        "expression": (lambda x, v: x + K.square(v) * K.constant(0.5), X + 2),
        "size": (lambda x, v: K.reshape(x, (K.constant(3, "int32"), -1)), X.reshape(3, 2)),
        "range": (lambda x, v: x + K.cast(K.arange(3), "float32"), X + np.arange(3)),
        "loop": (
            lambda x, v: x + K.foldl(lambda a, b: a + b, K.constant([1.0, 2.0])),
            X + 3,
        ),
    }

    @pytest.mark.parametrize("name", CALLS)
    def test_what_needs_no_feed_is_computed(name, x, v):
        call, wanted = CALLS[name]
        result = call(x, v)
        assert ADAPTER.is_native(result)
        np.testing.assert_allclose(ADAPTER.to_numpy(result), wanted)

    @pytest.mark.parametrize(
        "call",
        [
            lambda x, p: x * p,
            lambda x, p: p - x,
            lambda x, p: x / p,
            lambda x, p: p > x,
            lambda x, p: K.maximum(x, p),
            lambda x, p: K.concatenate([x, K.square(p)], 0),
        ],
    )
    def test_what_needs_a_feed_is_recorded(call, x):
        p = K.placeholder((None, 3))
        result = call(x, p)
        assert K.is_symbolic(result)
        found = K.function([p], [result])([X])[0]
        wanted = ADAPTER.to_numpy(call(x, ADAPTER.asarray(X, "float32")))
        np.testing.assert_allclose(found, wanted)

    def test_an_update_is_seen(x, v):
        K.set_value(v, [[3.0, 3, 3]])
        np.testing.assert_allclose(ADAPTER.to_numpy(x * v), X * 3)

    def test_random_numbers_are_new_ones(x):
        first, second = [ADAPTER.to_numpy(x + K.random_normal((2, 3))) for _ in range(2)]
        assert (first != second).all()


if ENGINE in ("jax", "tensorflow"):

    def test_traced_functions_see_updates(x, v):
        traced = ADAPTER.trace(lambda x: K.sum(x * v))
        assert float(traced(x)) == 2 * X.sum()
        K.set_value(v, [[3.0, 3, 3]])
        assert float(traced(x)) == 3 * X.sum()

    def test_traced_functions_draw_new_numbers(x):
        traced = ADAPTER.trace(lambda x: x + K.random_normal((2, 3)) + K.dropout(x, 0.5))
        first, second = [ADAPTER.to_numpy(traced(x)) for _ in range(2)]
        assert (first != second).all()


if ENGINE == "torch":
    import torch

    def test_torchs_functions_take_a_variable(x, v):
        np.testing.assert_allclose(torch.matmul(x, K.transpose(v)).detach(), X @ np.full((3, 1), 2))
        np.testing.assert_allclose(torch.cat([x, v]).detach(), np.vstack([X, [[2, 2, 2]]]))
        assert torch.sum(v).item() == 6

    def test_gradients_arrive_at_the_variable(x, v):
        torch.sum(x * v).backward()
        np.testing.assert_allclose(v.value.grad, X.sum(0, keepdims=True))

    def test_an_optimizer_trains_a_variable(x, v):
        optimizer = torch.optim.SGD([v.value], 0.1)
        K.mean(K.square(x * v)).backward()
        optimizer.step()
        assert (K.get_value(v) < 2).all()

    def test_a_placeholder_is_refused():
        with pytest.raises(TypeError, match=r"torch's sum\(\) got <Placeholder .* K\.function to"):
            torch.sum(K.placeholder((2,)))


if ENGINE == "jax":
    import jax
    import jax.numpy as jnp

    def test_jax_makes_an_array_of_a_variable(x, v):
        np.testing.assert_allclose(jnp.dot(x, jnp.asarray(v).T), X @ np.full((3, 1), 2))

    def test_gradients_flow_through_the_rest(x, v):
        found = jax.grad(lambda x: K.sum(K.square(x) * v))(x)
        np.testing.assert_allclose(found, 4 * X)

    def test_a_function_of_jax_says_what_it_wants(x, v):
        with pytest.raises(ValueError, match=r"explicitly convert your object using jax\.numpy"):
            jnp.dot(x, v)

    def test_a_placeholder_is_refused():
        with pytest.raises(TypeError, match=r"Placeholder.* is not a valid JAX type"):
            jnp.sum(K.placeholder((2,)))

    def test_gradient_of_abs_at_0_is_0():
        assert jax.grad(K.abs)(0.0) == 0.0


if ENGINE == "tensorflow":
    import tensorflow as tf

    def test_tensorflows_functions_take_a_variable(x, v):
        np.testing.assert_allclose(tf.matmul(x, v, transpose_b=True), X @ np.full((3, 1), 2))
        assert float(tf.reduce_sum(v)) == 6

    def test_gradients_arrive_at_the_variable(x, v):
        with tf.GradientTape() as tape:
            loss = K.sum(x * v)
        np.testing.assert_allclose(tape.gradient(loss, v.value), X.sum(0, keepdims=True))

    def test_a_placeholder_is_refused():
        with pytest.raises(TypeError, match=r"TensorFlow got <Placeholder .* K\.function to feed"):
            tf.reduce_sum(K.placeholder((2,)))

    def test_sizes_known_while_tracing_only():
        noise = tf.function(
            lambda x: x + K.random_normal(K.shape(x)), [tf.TensorSpec((None, 3), tf.float32)]
        )
        assert noise(X).shape == (2, 3)
