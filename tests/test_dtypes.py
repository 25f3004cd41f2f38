"""The dtype of every recorded result: one promotion rule for all engines."""

import sys

import numpy as np
import pytest

import kswitch
from kswitch.graph import dtypes, record

K = kswitch.load_backend("numpy")


def placeholder(dtype):
    return K.placeholder((2, 3), dtype=dtype)


PAIRS = [
    ("float32", "float32", "float32"),
    ("float32", "float64", "float64"),
    ("float16", "float32", "float32"),
    ("float16", "bfloat16", "float32"),
    ("bfloat16", "float32", "float32"),
    ("float16", "int64", "float16"),
    ("float32", "int32", "float32"),
    ("int32", "bool", "int32"),
    ("bool", "float32", "float32"),
    ("bool", "bool", "bool"),
    ("int32", "int64", "int64"),
    ("int8", "uint8", "int16"),
    ("uint8", "uint16", "uint16"),
    ("int32", "uint8", "int32"),
    ("int32", "uint32", "int64"),
    ("int64", "uint64", "int64"),
    ("uint64", "int8", "int64"),
    ("float32", "uint8", "float32"),
]


@pytest.mark.parametrize(("first", "second", "wanted"), PAIRS)
def test_promotion(first, second, wanted):
    assert dtypes.promote(first, second) == wanted


@pytest.mark.parametrize(("first", "second", "wanted"), PAIRS)
def test_promotion_is_symmetric(first, second, wanted):
    assert dtypes.promote(second, first) == wanted


NUMPY_PAIRS = [p for p in PAIRS if "bfloat16" not in p]


@pytest.mark.parametrize(("first", "second", "wanted"), NUMPY_PAIRS)
def test_recorded_sum_has_the_promoted_dtype(first, second, wanted):
    assert (placeholder(first) + placeholder(second)).dtype == wanted


@pytest.mark.parametrize(("first", "second", "wanted"), NUMPY_PAIRS)
def test_value_has_the_promoted_dtype(first, second, wanted):
    x, y = K.variable(np.ones(2), first), K.variable(np.ones(2), second)
    assert K.eval(K.maximum(x, y)).dtype == wanted


WEAK = [
    ("float32", 1, "float32"),
    ("float32", 1.5, "float32"),
    ("float32", True, "float32"),
    ("float16", 1.5, "float16"),
    ("float64", 1.5, "float64"),
    ("int32", 1, "int32"),
    ("int64", 1, "int64"),
    ("uint8", 1, "uint8"),
    ("int32", 1.5, "float32"),
    ("int64", 1.5, "float32"),
    ("int32", True, "int32"),
    ("bool", 1, "int32"),
    ("bool", 1.5, "float32"),
    ("float32", np.float64(1.5), "float32"),
    ("float16", np.float32(1.5), "float16"),
    ("float32", np.ones(3), "float32"),
    ("float32", np.ones(3, "int64"), "float32"),
    ("int32", np.ones(3), "float32"),
    ("int32", np.ones(3, "int64"), "int32"),
    ("int32", np.ones(3, bool), "int32"),
]


@pytest.mark.parametrize(("dtype", "other", "wanted"), WEAK, ids=repr)
def test_numbers_and_arrays_are_weak(dtype, other, wanted):
    assert (placeholder(dtype) + other).dtype == wanted


@pytest.mark.parametrize(("dtype", "other", "wanted"), WEAK, ids=repr)
def test_numbers_and_arrays_are_weak_on_the_left(dtype, other, wanted):
    assert (other + placeholder(dtype)).dtype == wanted


@pytest.mark.parametrize(("dtype", "other", "wanted"), WEAK, ids=repr)
def test_value_beside_a_weak_operand(dtype, other, wanted):
    assert K.eval(K.variable(np.ones((2, 3)), dtype) + other).dtype == wanted


def test_weak_floats_follow_floatx():
    K.set_floatx("float16")
    try:
        assert (placeholder("int32") * 0.5).dtype == "float16"
    finally:
        K.set_floatx("float32")


@pytest.mark.parametrize("dtype", ["int32", "int64", "bool", "uint8"])
def test_quotient_of_integers_is_floatx(dtype):
    assert (placeholder(dtype) / 2).dtype == "float32"


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "tanh", "sigmoid", "softmax", "mean"])
def test_function_of_integers_is_floatx(name):
    assert getattr(K, name)(placeholder("int32")).dtype == "float32"


@pytest.mark.parametrize(
    "name", ["square", "abs", "sign", "max", "min", "sum", "cumsum", "relu", "round"]
)
def test_function_that_keeps_integers(name):
    assert getattr(K, name)(placeholder("int32")).dtype == "int32"


@pytest.mark.parametrize("name", ["sum", "prod"])
def test_reduced_bools_are_int32(name):
    assert getattr(K, name)(placeholder("bool")).dtype == "int32"


@pytest.mark.parametrize("name", ["equal", "less", "any", "all"])
def test_truth_is_bool(name):
    x = placeholder("float32")
    result = getattr(K, name)(x) if name in ("any", "all") else getattr(K, name)(x, 0)
    assert result.dtype == "bool"


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_positions_are_int64(name):
    assert getattr(K, name)(placeholder("float32")).dtype == "int64"


def test_no_cast_where_dtypes_agree():
    assert (placeholder("float32") + placeholder("float32")).inputs[0].op is None


def test_cast_becomes_a_node():
    assert (placeholder("int32") + placeholder("float32")).inputs[0].op.name == "cast"


def test_operands_of_concatenate_are_promoted():
    assert K.concatenate([placeholder("int32"), placeholder("float64")]).dtype == "float64"


SPELLINGS = [
    ("float32", "float32"),
    (np.float32, "float32"),
    (np.dtype("float32"), "float32"),
    (float, "float64"),
    (int, "int64"),
    (bool, "bool"),
    (np.bool_, "bool"),
    ("float", "float32"),
    ("float32_ref", "float32"),
    ("double", "float64"),
    ("half", "float16"),
    ("torch.float16", "float16"),
    (np.int8, "int8"),
]


@pytest.mark.parametrize(("spelling", "name"), SPELLINGS, ids=repr)
def test_spelling_of_a_dtype(spelling, name):
    assert dtypes.name_of(spelling) == name


@pytest.mark.parametrize("spelling", ["single", "beer", "", "complex64", None, 3, [1]], ids=repr)
def test_name_of_no_dtype(spelling):
    with pytest.raises(TypeError, match="dtype must be one of float16, bfloat16, float32"):
        dtypes.name_of(spelling)


def test_bfloat16_without_ml_dtypes_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(NotImplementedError, match="no bfloat16 of its own: pip install ml_dtypes"):
        record.numpy_dtype("bfloat16")
