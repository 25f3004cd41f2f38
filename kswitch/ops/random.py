"""Random tensors: new numbers at each call of a function, the same sequence again for the same
seed.
"""

import numpy as np

from kswitch.declare import DType, Scalar, Seed, Shape, Spec, Tensor, composite, op
from kswitch.graph import dtypes
from kswitch.ops.rules import broadcast, known


@op(public=False, creates=True, differentiable=False)
def standard_normal(seed: Seed, shape: Shape, dtype: DType) -> Spec:
    """Normal numbers of mean 0 and standard deviation 1."""
    return Spec([known(n) for n in shape], dtype)


@op(public=False, creates=True, differentiable=False)
def standard_truncated(seed: Seed, shape: Shape, dtype: DType) -> Spec:
    """Normal numbers of mean 0 and standard deviation 1, drawn again beyond 2: their own is
    0.87962.
    """
    return Spec([known(n) for n in shape], dtype)


@op(public=False, creates=True, differentiable=False)
def standard_uniform(seed: Seed, shape: Shape, dtype: DType) -> Spec:
    """Uniform numbers in [0, 1)."""
    return Spec([known(n) for n in shape], dtype)


@composite
def random_normal(K, shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normally distributed numbers, new ones at each evaluation.

    Args:
        shape: ints and scalar integer tensors, or one integer tensor.
        mean, stddev: of the distribution; numbers or tensors.
        dtype: of the result, None for floatx().
        seed: an int makes the sequence of numbers the same in every run; None takes a seed from
            NumPy's global generator.
    """
    dtype = dtypes.name_of(dtype or K.floatx())
    return K.standard_normal(seed, shape, dtype) * stddev + mean


@composite
def random_uniform(K, shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Uniformly distributed numbers in [minval, maxval); see K.random_normal."""
    dtype = dtypes.name_of(dtype or K.floatx())
    if dtypes.is_integer(dtype):
        spread = K.standard_uniform(seed, shape, "float32") * (maxval - minval) + minval
        return K.cast(spread, dtype)
    return K.standard_uniform(seed, shape, dtype) * (maxval - minval) + minval


@composite
def random_binomial(K, shape, p=0.0, dtype=None, seed=None):
    """1 with probability p, else 0; see K.random_normal."""
    dtype = dtypes.name_of(dtype or K.floatx())
    return K.cast(K.standard_uniform(seed, shape, "float32") < p, dtype)


@composite
def truncated_normal(K, shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normally distributed numbers, drawn again if further than two stddev from mean.

    The standard deviation of the result is 0.87962566 stddev (that of a normal distribution cut at
    two); see K.random_normal for the arguments.
    """
    dtype = dtypes.name_of(dtype or K.floatx())
    return K.standard_truncated(seed, shape, dtype) * stddev + mean


@composite
def random_uniform_variable(K, shape, low, high, dtype=None, name=None, seed=None):
    """A variable of uniformly distributed numbers in [low, high).

    Args:
        shape: ints.
        low, high: limits.
        dtype: of the variable, None for floatx().
        name: name of the variable.
        seed: int, or None for a seed from NumPy's global generator.
    """
    seed = np.random.randint(10**9) if seed is None else seed
    return K.variable(np.random.RandomState(seed).uniform(low, high, shape), dtype, name)


@composite
def random_normal_variable(K, shape, mean, scale, dtype=None, name=None, seed=None):
    """A variable of normally distributed numbers; see K.random_uniform_variable.

    Args:
        mean, scale: mean and standard deviation.
    """
    seed = np.random.randint(10**9) if seed is None else seed
    return K.variable(np.random.RandomState(seed).normal(mean, scale, shape), dtype, name)


@op(public=False, differentiable=False)
def dropout_mask(x: Tensor, level: Scalar, noise_shape: Shape, seed: Seed) -> Spec:
    """0 with probability level, else 1 / (1 - level), in x's dtype.

    Args:
        x: tensor to be masked.
        level: in [0, 1).
        noise_shape: shape of the mask, which broadcasts against x; None for the shape of x.
    """
    return Spec(x.shape if noise_shape is None else [known(n) for n in noise_shape], x.dtype)


@composite
def dropout(K, x, level, noise_shape=None, seed=None):
    """Sets a random part of x to 0 and scales the rest up, so that the mean stays.

    It does so in every phase; wrap it in K.in_train_phase.

    Args:
        x: tensor.
        level: the part that is dropped, in [0, 1).
        noise_shape: shape of the mask, which broadcasts against x: (batch, 1, features) drops whole
            time steps alike. None for the size of x, as an entry too. An int is taken as the seed,
            which stood here in Keras 1.
        seed: int, or None for a seed from NumPy's global generator.

    Raises:
        ValueError: level is outside [0, 1).
    """
    if isinstance(level, (int, float)) and not 0.0 <= level < 1.0:
        raise ValueError(f"dropout(): level must be in the interval [0, 1[, got {level!r}.")
    if isinstance(noise_shape, int):
        noise_shape, seed = None, noise_shape
    if noise_shape is not None:
        if type(noise_shape) in K.SYMBOLIC:
            noise_shape = [noise_shape[i] for i in range(noise_shape.shape[0])]
        sizes = K.int_shape(x)
        noise_shape = tuple(
            (K.shape(x)[i] if sizes[i] is None else sizes[i]) if n is None else n
            for i, n in enumerate(noise_shape)
        )
        broadcast("dropout", sizes, [known(n) for n in noise_shape])
    return x * K.dropout_mask(x, level, noise_shape, seed)
