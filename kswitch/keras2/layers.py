"""Layers of Keras 2 that serve TensorFlow 1 only, or have a mistake that it hides."""

from typing import Any

import numpy as np


def lambda_shapes(core: Any) -> None:
    """Keras 2.2 and 2.3: Lambda without output_shape finds its shape by calling the function.

    Keras does so where K.backend() is "tensorflow"; else it takes the shape of the input.
    """
    K, plain = core.K, core.Lambda.compute_output_shape

    def compute_output_shape(self, input_shape):
        if self._output_shape is not None:
            return plain(self, input_shape)
        dtypes = getattr(self, "_input_dtypes", None)
        if isinstance(input_shape, list):
            dtypes = dtypes or [None] * len(input_shape)
            inputs = [K.placeholder(s, dtype=d) for s, d in zip(input_shape, dtypes, strict=True)]
        else:
            inputs = K.placeholder(input_shape, dtype=dtypes)
        outputs = self.call(inputs)
        if isinstance(outputs, list):
            return [K.int_shape(x) for x in outputs]
        return K.int_shape(outputs)

    core.Lambda.compute_output_shape = compute_output_shape


def time_distributed_phase(wrappers: Any) -> None:
    """Keras 2.2 and 2.3: a step of TimeDistributed reads a global that nobody has defined.

    It does so for results that say that they do not depend on the learning phase; TensorFlow's
    tensors do not say it. The value is not used.
    """
    wrappers.uses_learning_phase = False


def kernel_flips(module: Any) -> None:
    """Keras 2.2 on NumPy 1.23 and later: kernels of Theano are flipped with a list of slices."""
    from keras.utils import conv_utils

    def convert_kernel(kernel):
        kernel = np.asarray(kernel)
        if not 3 <= kernel.ndim <= 5:
            raise ValueError("Invalid kernel shape:", kernel.shape)
        return np.flip(kernel, tuple(range(kernel.ndim - 2))).copy()

    conv_utils.convert_kernel = convert_kernel
    if "convert_kernel" in vars(module):
        module.convert_kernel = convert_kernel
