"""Compares what came with what was expected: values, dtypes, shapes, errors, untouched inputs."""

import re

import numpy as np

TOLERANCES = {"float16": 4e-3, "bfloat16": 3e-2, "float32": 1e-5, "float64": 1e-10}


class Mismatch(AssertionError):
    """Something is not what it should be.

    Attributes:
        message: what is wrong, one line or a few.
        expected, actual: both as text.
    """

    def __init__(self, message, expected, actual):
        self.message, self.expected, self.actual = message, shown(expected), shown(actual)
        super().__init__(f"{message}\nexpected: {self.expected}\nactual: {self.actual}")


def shown(value):
    """A value as text; an array with its dtype and shape, long ones abridged."""
    if not isinstance(value, (np.ndarray, np.generic)):
        return value if isinstance(value, str) else repr(value)
    array = np.asarray(value)
    if array.dtype.name == "bfloat16":
        array = array.astype("float32")
    numbers = np.array2string(array, threshold=60, edgeitems=3, max_line_width=88)
    return f"{np.asarray(value).dtype.name} {array.shape}{chr(10) if array.ndim else ' '}{numbers}"


def flat(results):
    """One result or nested lists of them as a flat list."""
    if isinstance(results, (list, tuple)):
        return [each for part in results for each in flat(part)]
    return [results]


def expected(want):
    """What is expected as a flat list: tuples are several results, lists are arrays."""
    return [each for part in want for each in expected(part)] if isinstance(want, tuple) else [want]


def dtype_of(case, want, arrays):
    """The dtype that a result must have."""
    if case.dtype is not None:
        return case.dtype
    kind = want.dtype.kind
    if kind == "b":
        return "bool"
    same = [a.dtype.name for a in arrays if a.dtype.kind == kind]
    return same[0] if same else {"f": "float32"}.get(kind, "int32")


def values(case, actual, expected, arrays, narrow=False):
    """Fails unless results are as expected in number, shape, dtype and value.

    Args:
        case: says the dtype and the tolerance.
        actual: list of NumPy arrays.
        expected: list of arrays and numbers.
        arrays: the case's arrays, whose dtypes the results take after.
        narrow: whether 32 bits may stand for 64, as on engines that have no others by default.
    """
    __tracebackhide__ = True
    same(len(actual), len(expected), "the number of results")
    for got, want in zip(actual, expected, strict=True):
        want = np.asarray(want)
        dtype = dtype_of(case, want, arrays)
        if got.shape != want.shape:
            raise Mismatch(f"the shape is {got.shape}, expected {want.shape}", want, got)
        if got.dtype.name != dtype and not (narrow and f"{got.dtype.name[:-2]}64" == dtype):
            raise Mismatch(f"the dtype is {got.dtype.name}, expected {dtype}", dtype, got)
        close(got, want, case.tolerance or TOLERANCES.get(dtype, 0))


def close(got, want, tolerance, message=""):
    """Fails unless two arrays are equal up to an absolute and relative tolerance."""
    __tracebackhide__ = True
    left, right = (x.astype("float32") if x.dtype.name == "bfloat16" else x for x in (got, want))
    try:
        if tolerance == 0:
            np.testing.assert_array_equal(left, right, message)
        else:
            np.testing.assert_allclose(left, right, tolerance, tolerance, err_msg=message)
    except AssertionError as error:
        if want.dtype.kind == got.dtype.kind == "f":
            want = want.astype(got.dtype)  # as one would see it
        head = message or "the values differ"
        limit = f", tolerance {tolerance:g}" if tolerance else ""
        # its own head has one line, and one for the message
        rest = numpys(str(error))[0].splitlines()[2 if message else 1 :]
        raise Mismatch("\n".join([head + limit, *rest]), want, got) from None


def numpys(text):
    """The text of numpy.testing in three: what is wrong, expected, actual; None where it has none.

    It ends with both arrays: ` ACTUAL: array(...)`, ` DESIRED: array(...)`.
    """
    found = re.fullmatch(r"(.*?)\n (?:ACTUAL|x): (.*)\n (?:DESIRED|y): (.*)", text.strip(), re.S)
    message, actual, expected = found.groups() if found else (text, None, None)
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return "\n".join(lines), expected, actual


def same(got, want, what):
    """Fails unless two plain values are equal and of one type."""
    __tracebackhide__ = True
    if (type(got), got) != (type(want), want):
        raise Mismatch(f"{what} is {got!r}, expected {want!r}", want, got)


def error(call, kind, match, *arguments):
    """Fails unless a call raises an error of a kind, with a text that has the pattern `match`.

    An error of another kind goes through. A match of None allows any text.
    """
    __tracebackhide__ = True
    expected = kind.__name__ if match is None else f"{kind.__name__} with the text {match!r}"
    try:
        call(*arguments)
    except kind as error:
        if match is None or re.search(match, str(error)):
            return
        raise Mismatch("the text of the error is another", expected, named(error)) from error
    raise Mismatch("nothing was raised", expected, "no error")


def named(error):
    """The kind and the text of an error."""
    return f"{type(error).__name__}: {error}"


def static_shape(K, tensor, value, complete=False):
    """Fails unless the static shape fits the shape of a value; complete: and knows all of it."""
    __tracebackhide__ = True
    static = K.int_shape(tensor)
    fits = len(static) == value.ndim and all(
        n is None or n == m for n, m in zip(static, value.shape, strict=True)
    )
    if not fits or (complete and None in static):
        message = f"K.int_shape is {static}, but the value has the shape {value.shape}"
        raise Mismatch(message, value.shape, static)


def static_dtype(K, tensor, value):
    __tracebackhide__ = True
    if K.dtype(tensor) != value.dtype.name:
        message = f"K.dtype is {K.dtype(tensor)!r}, but the value has the dtype {value.dtype}"
        raise Mismatch(message, value.dtype.name, K.dtype(tensor))


def unchanged(before, after):
    """Fails if an input has been written to."""
    __tracebackhide__ = True
    for old, new in zip(before, after, strict=True):
        close(new, old, 0, "an input was changed in place")
