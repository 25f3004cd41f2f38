"""Uniform tensors: all elements are one number, known when the graph is built or a scalar tensor.

The gradient of a mean begins as ones over a count; knowing that lets compiled programs write the
number where a tensor would be made, and leave out products with 1.
"""

import numpy as np

from kswitch.graph import dtypes


def infer(op_name, args, inputs, shape, dtype):
    """What all elements of the result of a recorded call of one of RULES are: a number, a scalar
    tensor, or None.
    """
    rule = RULES[op_name]
    if dtype == "bool":
        return None
    if rule is not _fill and inputs[0].uniform is None and (shape == () or inputs[0].shape != ()):
        return None
    args = [_rounded(x, dtype) if type(x) is float else x for x in args]
    found = rule(_of_any if shape else _of_number, *args)
    return _rounded(found, dtype) if type(found) in (int, float) else found


_LARGEST = {"float16": 65504.0, "float32": float(np.finfo("float32").max)}
_NARROW = {"float16": np.float16, "float32": np.float32}


def _rounded(value, dtype):
    """A number as a tensor of a dtype holds it, None if it does not; Python's own has
    more digits.
    """
    if dtype in _NARROW:
        return float(_NARROW[dtype](value)) if abs(value) <= _LARGEST[dtype] else None
    if dtype == "float64":
        return float(value)
    if dtypes.is_integer(dtype):
        limits = np.iinfo(dtype)
        return value if limits.min <= value <= limits.max else None
    return value if value == int(value) and abs(value) < 256 else None  # bfloat16


def _of_number(x):
    """The number that all elements of an operand are, or None."""
    return x if isinstance(x, (int, float)) else x.uniform


def _of_any(x):
    """What all elements of an operand are: a scalar tensor is uniform itself."""
    found = _of_number(x)
    return x if found is None and x.shape == () else found


def _binary(compute):
    def rule(of, x, y):
        if x is None or y is None:
            return None
        a, b = of(x), of(y)
        if a is None or b is None:
            return None
        try:
            return compute(a, b)
        except (ZeroDivisionError, OverflowError):
            return None

    return rule


def _negative(of, x):
    found = of(x)
    return None if found is None else -found


def _cast(of, x, dtype):
    found = of(x)
    if not isinstance(found, (int, float)):
        return None if found is None else x.K.cast(found, dtype)
    if dtypes.is_float(dtype):
        return float(found)
    return int(found) if dtypes.is_integer(dtype) and abs(found) < 2**31 else None


def _same(of, x, *_):
    return of(x)


def _fill(of, shape, value, dtype):
    return value if isinstance(value, (int, float)) else None


RULES = {
    "fill_like": _fill,
    "fill": _fill,
    "add": _binary(lambda a, b: a + b),
    "subtract": _binary(lambda a, b: a - b),
    "multiply": _binary(lambda a, b: a * b),
    "divide": _binary(lambda a, b: a / b),
    "negative": _negative,
    "cast": _cast,
    **dict.fromkeys(
        ("broadcast_like", "expand_dims", "squeeze", "reshape", "permute_dimensions", "identity"),
        _same,
    ),
}
