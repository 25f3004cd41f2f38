"""Names of dtypes, and the one promotion rule that recorded calls follow on every engine.

The engines disagree (int32 + float32 is float64 in NumPy, float32 in torch and JAX, an error in
TensorFlow), so the recorder settles dtypes and casts before a kernel sees the operands.
"""

FLOATS = ("float16", "bfloat16", "float32", "float64")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
INTEGERS = SIGNED + UNSIGNED
NUMBERS = FLOATS + INTEGERS + ("bool",)
ALL = NUMBERS + ("string",)

_CANONICAL: dict = {name: name for name in ALL}
_CANONICAL |= {float: "float64", int: "int64", bool: "bool", str: "string"}
_RANK = {"bool": 0} | dict.fromkeys(INTEGERS, 1) | dict.fromkeys(FLOATS, 2) | {"string": 3}
_BITS = {name: int("".join(c for c in name if c.isdigit()) or 8) for name in NUMBERS}


def name_of(dtype) -> str:
    """The canonical name of a dtype: "float32", np.float32, np.dtype("float32"), torch.float32, …

    Raises:
        TypeError: it names no dtype that K knows.
    """
    try:
        found = _CANONICAL.get(dtype)
    except TypeError:
        found = None
    if found is None:
        found = _spelled(dtype)
        try:
            _CANONICAL[dtype] = found
        except TypeError:
            pass
    return found


def _spelled(dtype) -> str:
    text = getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    text = str(text).rpartition(".")[2].removesuffix("_ref").removesuffix("_")
    text = {"half": "float16", "float": "float32", "double": "float64", "long": "int64"}.get(
        text, text
    )
    if text not in ALL:
        raise TypeError(f"dtype must be one of {', '.join(ALL)}; got {dtype!r}.")
    return text


def is_float(dtype: str) -> bool:
    return _RANK.get(dtype) == 2


def is_integer(dtype: str) -> bool:
    return _RANK.get(dtype) == 1


def kind(dtype: str) -> int:
    """0 for bool, 1 for integers, 2 for floats, 3 for strings: what a weak operand may raise."""
    return _RANK[dtype]


def promote(first: str, second: str) -> str:
    """The dtype in which two tensors meet.

    A float wins over an integer and an integer over bool, whatever their sizes; of two of a kind
    the wider one; float16 with bfloat16 gives float32; a signed with an unsigned integer gives the
    signed one that holds both, at most int64.
    """
    if first == second:
        return first
    if _RANK[first] != _RANK[second]:
        return first if _RANK[first] > _RANK[second] else second
    bits = max(_BITS[first], _BITS[second])
    if {first, second} == {"float16", "bfloat16"}:
        return "float32"
    if _RANK[first] == 2 or (first in UNSIGNED) == (second in UNSIGNED):
        return first if _BITS[first] == bits else second
    signed, unsigned = (first, second) if second in UNSIGNED else (second, first)
    if _BITS[signed] > _BITS[unsigned]:
        return signed
    return f"int{min(2 * _BITS[unsigned], 64)}"


def weakly(dtype: str | None, weak: int, floatx: str) -> str:
    """dtype after meeting a Python scalar or NumPy array of kind `weak`, which has no width of its
    own.
    """
    if dtype is not None and _RANK[dtype] >= weak:
        return dtype
    return ("bool", "int32", floatx, "string")[weak]
