"""What a tensor is here, and in which dtype values meet.

PyTensor promotes as NumPy does, so that int32 with float32 is float64. The functions of K follow
Keras instead: a float wins over an integer, Python numbers and NumPy scalars have no width.
"""

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.tensor.exceptions import NotScalarConstantError

from kswitch import config

LACKING = {
    "float16": "upstream: a Python number beside a float16 tensor makes it float32",
    "bfloat16": "upstream: PyTensor has no such dtype",
}


def dtype_name(dtype=None):
    """The name of a dtype, by default floatx."""
    name = config.floatx() if dtype is None else dtype
    try:
        if name != "bfloat16":  # NumPy knows it only where ml_dtypes is
            name = "bool" if name is bool else np.dtype(name).name
    except TypeError as error:
        raise TypeError(f"dtype must be the name of one, got {dtype!r}.") from error
    if name in LACKING:
        raise NotImplementedError(f"kswitch_pytensor has no dtype {name}: {LACKING[name]}.")
    return name


def is_symbolic(x):
    """Whether x is a tensor of PyTensor."""
    return isinstance(x, pytensor.graph.basic.Variable)


def tensor(x, dtype=None):
    """x as a tensor; numbers and lists become floatx if they are floats, else int32."""
    if is_symbolic(x):
        return x if dtype is None else cast(x, dtype)
    array = np.asarray(x)
    if array.dtype == object:
        return tensor(pt.stack([tensor(each) for each in x]), dtype)
    if dtype is None and not hasattr(x, "dtype"):
        dtype = {"f": config.floatx(), "i": "int32"}.get(array.dtype.kind, array.dtype.name)
    dtype = dtype_name(array.dtype if dtype is None else dtype)
    return pt.as_tensor_variable(np.array(array, dtype))


def cast(x, dtype):
    """x in another dtype; a new tensor."""
    dtype = dtype_name(dtype)
    if not is_symbolic(x):
        return tensor(np.asarray(x).astype(dtype))
    if dtype == "bool":
        return x if x.dtype == "bool" else pt.neq(x, np.zeros((), x.dtype))
    return identity(x) if x.dtype == dtype else pt.cast(x, dtype)


def identity(x, name=None):
    """A new tensor with the value of x."""
    return pt.tensor_copy(x)


def floating(x):
    """x as a tensor of floats: integers and bools become floatx."""
    x = tensor(x)
    return x if x.dtype.startswith("float") else cast(x, config.floatx())


def promoted(first, second):
    """The dtype in which two tensors meet."""
    kinds = [np.dtype(d).kind for d in (first, second)]
    rank = ["biuf".index(k) + (k == "i") for k in kinds]  # signed and unsigned ones are alike
    if rank[0] != rank[1] and max(rank) == 3:
        return first if rank[0] > rank[1] else second
    if "b" in kinds:
        return second if kinds[0] == "b" else first
    return np.promote_types(first, second).name


def meet(*values):
    """Values as tensors of one dtype; numbers take that of the tensors beside them."""
    strong = None
    for x in values:
        if is_symbolic(x) or (isinstance(x, np.ndarray) and x.ndim):
            name = dtype_name(x.dtype)
            strong = name if strong is None else promoted(strong, name)
    weak = max(_weak(x) for x in values)
    if strong is None or "biuf".index(np.dtype(strong).kind.replace("u", "i")) < weak:
        strong = ("bool", "int32", "int32", config.floatx())[weak]
    return [tensor(x, strong) if not is_symbolic(x) else _as(x, strong) for x in values]


def _as(x, dtype):
    return x if x.dtype == dtype else cast(x, dtype)


def _weak(x):
    """0 for a bool, 1 for an integer, 3 for a float; -1 for what has a width."""
    if is_symbolic(x) or (isinstance(x, np.ndarray) and x.ndim):
        return -1
    return {"b": 0, "i": 1, "u": 1}.get(np.asarray(x).dtype.kind, 3)


def number(value, like):
    """A Python number in the dtype of a tensor: PyTensor would take 0.1 for float64, or float32."""
    return np.asarray(value, like.dtype)


def known_sizes(shape):
    """Sizes as far as they are known; of an entry of K.shape(x), what is known of x."""
    return [_constant(n) if is_symbolic(n) else None if n is None else int(n) for n in shape]


def _constant(n):
    try:
        return int(pt.get_underlying_scalar_constant_value(n))
    except NotScalarConstantError:
        return None


def shaped(x, shape):
    """x, of which these sizes are known; None for those that are not."""
    shape = tuple([old if n is None else n for n, old in zip(shape, x.type.shape, strict=True)])
    return x if x.type.shape == shape else pt.specify_shape(x, shape)
