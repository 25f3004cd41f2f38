"""Every function of K on drawn calls: another engine, and other ways of calling it, give the same.

The engine is that of KERAS_BACKEND (NumPy, if unset), and the reference NumPy's K.eval. `drawn` has
the strategies. By default few calls are drawn, the same in each run;
`--hypothesis-profile=thorough` draws 200 new ones for each function, see conftest.py. What was
found is kept in conformance/cases/differential.py.
"""

import os
from contextlib import nullcontext

import numpy as np
import pytest
from drawn import control, elementwise, shapes, windows  # noqa: F401  (they fill CALLS)
from drawn.calls import CALLS
from hypothesis import given, note
from hypothesis import strategies as st
from kswitch.conformance import compare, modes

import kswitch
from kswitch import config, declare
from kswitch.compile.program import WIDE
from kswitch.graph import dtypes

ENGINE = os.environ.get("KERAS_BACKEND") or "numpy"
K = kswitch.load_backend(ENGINE)
REFERENCE = kswitch.load_backend("numpy")

NOT_DRAWN = {
    "random numbers differ from engine to engine": """
        dropout random_binomial random_normal random_normal_variable random_uniform
        random_uniform_variable truncated_normal""",
    "answers about tensors, computed by no engine": """
        count_params dtype get_uid get_variable_shape int_shape is_keras_tensor is_placeholder
        is_sparse is_symbolic is_tensor is_variable ndim reset_uids""",
    "how every drawn call is run": """
        eval function gradients placeholder""",
    "state, which is no result of a call": """
        batch_get_value batch_set_value clear_session control_dependencies get_graph get_session
        get_value learning_phase manual_variable_initialization name_scope set_learning_phase
        set_session set_value v1_variable_initialization""",
}
OPERATORS = {*elementwise.OPERATORS, "x[...]"}
TOLERANCES = {"float16": 8e-3, "bfloat16": 6e-2, "float32": 2e-5, "float64": 1e-10}


def test_every_function_is_drawn_or_listed_with_the_reason():
    listed = {name for names in NOT_DRAWN.values() for name in names.split()}
    public = {name for name, each in declare.OPS.items() if each.public}
    assert not listed & set(CALLS)
    assert listed | set(CALLS) - OPERATORS == public


@pytest.fixture(autouse=True, scope="module")
def _settings():
    before = config.floatx(), config.image_data_format()
    yield
    config.set_floatx(before[0])
    config.set_image_data_format(before[1])


# Ways to call


class Undeclared(Exception):
    """An engine's error, which no user should see when all sizes are known."""


def tensors(K, case, kinds):
    """A variable or constant for each array."""
    made = []
    for i, a in enumerate(case.arrays):
        make = K.constant if kinds[i % len(kinds)] == "c" else K.variable
        made.append(make(np.array(a), dtype=a.dtype.name))
    return made


def recorded(K, case, inputs, differentiated):
    """The symbolic results, and the gradients of their sum by the inputs, or None."""
    results = compare.flat(modes.call(K, case, inputs))
    floats = [x for x in results if dtypes.is_float(K.dtype(x))]
    by = [x for x in inputs if dtypes.is_float(K.dtype(x))]
    return results, K.gradients(floats, by) if differentiated and floats and by else []


def evaluated(K, case, kinds, differentiated):
    """The values of results and gradients, two lists.

    Raises:
        Undeclared: the engine failed at a call that the declarations had allowed.
    """
    parts = recorded(K, case, tensors(K, case, kinds), differentiated)
    try:
        values = [[None if x is None else K.eval(x) for x in part] for part in parts]
    except Exception as error:
        raise Undeclared(repr(error)) from error
    for x, value in zip(parts[0] + parts[1], values[0] + values[1], strict=True):
        if x is not None:
            compare.static_shape(K, x, value)
            compare.static_dtype(K, x, value)
    return values


def compiled(K, case, unknown, differentiated):
    inputs = []
    for i, a in enumerate(case.arrays):
        open_axes = unknown if i in case.batch else ()
        shape = [None if axis in open_axes else n for axis, n in enumerate(a.shape)]
        inputs.append(K.placeholder(shape, dtype=a.dtype.name))
    parts = recorded(K, case, inputs, differentiated)
    wanted = [x for part in parts for x in part if x is not None]
    values = iter(modes.run(K.function(inputs, wanted), case.arrays)[0])
    return [[None if x is None else next(values) for x in part] for part in parts]


def native(K, case):
    adapter = K._functions.adapter
    given = [adapter.asarray(np.array(a), a.dtype.name) for a in case.arrays]
    with np.errstate(all="ignore"), wide_mode(case) if ENGINE == "jax" else nullcontext():
        results = compare.flat(modes.call(K, case, given))
    compare.unchanged(case.arrays, [adapter.to_numpy(x) for x in given])
    return [adapter.to_numpy(x) if adapter.is_native(x) else np.asarray(x) for x in results], []


def wide_mode(case):
    """JAX's mode with 64-bit dtypes, if one occurs: native calls follow the user's mode."""
    import jax

    found = {config.floatx(), *(a.dtype.name for a in case.arrays), *map(str, case.args)}
    return jax.enable_x64(True) if found & WIDE else nullcontext()


def attempt(way, *args):
    """What a way of calling gives, or the exception that it raises."""
    try:
        return way(*args)
    except Exception as error:
        return error


# Comparison


def agree(way, got, want, loose=False):
    """Fails unless both raised, or both gave the same shapes, dtypes and values.

    Args:
        way: said in the report.
        loose: whether the dtype may be another of the same kind, as in native calls on some
            engines.
    """
    if isinstance(want, Exception) or isinstance(got, Exception):
        if not (isinstance(want, Exception) and isinstance(got, Exception)):
            error = got if isinstance(got, Exception) else want
            raise AssertionError(f"{way}: {got!r}, but the reference: {want!r}") from error
        return
    counts = [[len(part) for part in parts] for parts in (got, want)]
    assert counts[0] == counts[1], f"{way}: {counts[0]} results and gradients, expected {counts[1]}"
    for i, (a, b) in enumerate(zip(got[0] + got[1], want[0] + want[1], strict=True)):
        if a is None or b is None:
            assert a is b, f"{way}: {a}, expected {b}"
            continue
        assert a.shape == b.shape, f"{way}: the shape {a.shape}, expected {b.shape}"
        if not loose:
            assert a.dtype == b.dtype, f"{way}: the dtype {a.dtype}, expected {b.dtype}"
        close(way, a, b, is_gradient=i >= len(want[0]))


def close(way, got, want, is_gradient):
    """Fails if numbers differ by more than their dtype allows.

    The gradient of a sum of results is itself a sum, often of terms that cancel: in half precision
    it may be off by more.
    """
    tolerance = max(TOLERANCES.get(x.dtype.name, 0) for x in (got, want))
    if is_gradient and tolerance > TOLERANCES["float32"]:
        tolerance *= 4
    if not tolerance:
        np.testing.assert_array_equal(got, want, way)
        return
    got, want = (x.astype("float64") for x in (got, want))
    size = np.abs(want[np.isfinite(want)]).max(initial=1.0)
    np.testing.assert_allclose(got, want, tolerance, tolerance * size, err_msg=way)


# The tests


def is_smooth(case):
    """Whether all numbers are finite: what a gradient is elsewhere is left open."""
    return all(np.isfinite(a.astype("float64")).all() for a in case.arrays)


@pytest.mark.parametrize("name", sorted(CALLS))
@given(data=st.data())
def test_drawn_calls_agree(name, data):
    case = data.draw(CALLS[name])
    config.set_floatx(data.draw(st.sampled_from(["float32", "float32", "float64", "float16"])))
    config.set_image_data_format(data.draw(st.sampled_from(["channels_last", "channels_first"])))
    differentiated = is_smooth(case) and data.draw(st.booleans())
    kinds = data.draw(st.sampled_from(["v", "c", "vc", "cv"])) if case.arrays else "v"
    note(f"floatx {config.floatx()}, {config.image_data_format()}, {differentiated=}, {kinds=}")
    want = attempt(evaluated, REFERENCE, case, "v", differentiated)
    if isinstance(want, Undeclared):
        raise want
    agree("K.eval", attempt(evaluated, K, case, kinds, differentiated), want)
    if case.native and not isinstance(want, Exception):
        agree("native", attempt(native, K, case), (want[0], []), loose=True)
    if case.arrays and (K is REFERENCE or data.draw(st.integers(0, 9)) == 9):
        unknown = data.draw(st.sampled_from([(0,), (0, 1), (1, 2, 3), (0, 1, 2, 3, 4)]))
        agree(
            f"K.function, unknown {unknown}",
            attempt(compiled, K, case, unknown, differentiated),
            want,
        )


@pytest.mark.xfail(ENGINE == "jax", reason="XLA makes (1 - p) + epsilon into (1 + epsilon) - p")
def test_compiled_crossentropy_of_a_sure_mistake_is_the_native_one():
    """Engines may not reorder 1 - p + epsilon: where p is nearly 1 that changes it by a tenth."""
    sure = np.array([1.0, 0.9999998], "float32")
    x = K.placeholder((2,), dtype="float32")  # floatx is what the last drawn call left
    (compiled,) = K.function([x], [K.binary_crossentropy(K.zeros_like(x), x)])([sure])
    tensor = K._functions.adapter.asarray(sure, "float32")
    native = K.binary_crossentropy(tensor * 0.0, tensor)
    np.testing.assert_allclose(compiled, K._functions.adapter.to_numpy(native), 1e-6)
