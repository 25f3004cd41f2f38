"""The updates of optimizers in TensorFlow, one op each; see `kswitch.compile.fused`."""

import tensorflow as tf
from kswitch.backends import tensorflow_ops as raw


def descend(p, g, rate):
    raw.ResourceApplyGradientDescent(var=p.handle, alpha=_scalar(rate, g), delta=g)


def momentum(p, m, g, decay, rate):
    raw.ResourceApplyKerasMomentum(
        var=p.handle, accum=m.handle, lr=_scalar(rate, g), grad=g, momentum=_scalar(decay, g)
    )


def adam(p, m, v, g, rate, b1, b2, epsilon):
    """With powers of 0 the op corrects no bias: the rate has been corrected already."""
    raw.ResourceApplyAdam(
        var=p.handle,
        m=m.handle,
        v=v.handle,
        beta1_power=_scalar(0.0, g),
        beta2_power=_scalar(0.0, g),
        lr=_scalar(rate, g),
        beta1=_scalar(b1, g),
        beta2=_scalar(b2, g),
        epsilon=_scalar(epsilon, g),
        grad=g,
    )


def _scalar(value, g):
    """A number in g's dtype."""
    return value if isinstance(value, tf.Tensor) else tf.constant(value, g.dtype)
