"""What pytest must know: which backend, the settings that every test starts from, and what failed.

A report of pytest's has text only. What a failure is about, the call, the expected and the actual
value, is noted as the test's properties, which come back from other processes too.
"""

import inspect

import numpy as np
import pytest
from kswitch.conformance import compare

import kswitch
from kswitch import config

pytest.register_assert_rewrite("kswitch.conformance.cases")

# The comparison that an assert of the running test has made last: a pair (got, wanted).
COMPARED = pytest.StashKey[tuple]()


def pytest_addoption(parser):
    parser.addoption(
        "--conformance-backend", metavar="NAME", help="the backend that the suite runs on"
    )


def pytest_configure(config):
    """The namespace under test; pytest-xdist's workers load it here."""
    config.conformance_K = kswitch.load_backend(config.getoption("--conformance-backend"))


def pytest_collection_modifyitems(items):
    """Notes op and mode of each test, for JUnit."""
    for item in items:
        params = item.callspec.params
        item.user_properties += [("op", params["case"].op), ("mode", params["mode"])]


def pytest_runtest_setup(item):
    item.config.stash[COMPARED] = ()


def pytest_assertrepr_compare(config, left, right):
    """Notes the sides of an `assert left == right` that has failed."""
    config.stash[COMPARED] = (left, right)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    if call.excinfo is not None:
        item.user_properties += told(item, call.excinfo.value).items()
    report = yield
    for name, text in item.user_properties if report.failed else ():
        if name == "call":
            report.sections.append(("the call", text))
    return report


def told(item, error):
    """What is to be said of a failure: call, message, expected, actual; those that are known."""
    case, mode = item.callspec.params["case"], item.callspec.params["mode"]
    facts = {"call": described(case)}
    if isinstance(error, compare.Mismatch):
        return facts | {
            "message": error.message,
            "expected": error.expected,
            "actual": error.actual,
        }
    if not isinstance(error, (AssertionError, pytest.fail.Exception)):
        text = compare.named(error)
        return facts | {"message": text, "expected": expectation(case, mode), "actual": text}
    message, expected, actual = compare.numpys(str(error))
    if expected is None and item.config.stash[COMPARED]:
        actual, expected = map(compare.shown, item.config.stash[COMPARED])
    facts["message"] = message or "an assertion failed"
    return facts if expected is None else facts | {"expected": expected, "actual": actual}


def expectation(case, mode):
    """What a case expects, where that is a value."""
    if mode.startswith("raises"):
        return case.error.__name__
    if mode.startswith("query"):
        return repr(case.want)
    want = (
        case.expected(case.arrays)
        if mode in ("native", "traced", "eval", "function", "batch")
        else None
    )
    if want is None:
        return "no error"
    return "\n".join(compare.shown(np.asarray(each)) for each in compare.expected(want))


def described(case):
    """The call that a case makes; a program by its place in the file."""
    if not hasattr(case, "args"):
        run = inspect.unwrap(case.run)
        code = getattr(run, "__code__", None)
        return f"{run.__name__}, {code.co_filename}:{code.co_firstlineno}" if code else repr(run)
    positional = [argument(value) for value in case.args]
    named = [f"{name}={argument(value)}" for name, value in case.kwargs.items()]
    inside = ", ".join(positional + named)
    return f"K.{case.op}({inside})" if case.build is None else f"K.{case.op} of ({inside})"


def argument(value):
    """An argument as one would write it, but of a tensor dtype and shape: float32[2, 3]."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype.name}{list(value.shape)}"
    if isinstance(value, list):
        return f"[{', '.join(map(argument, value))}]"
    if callable(value):
        return getattr(value, "__name__", "a function")
    return repr(value)


@pytest.fixture
def K(request):
    """The backend, with default settings, no learning phase and NumPy's generator seeded."""
    before = config.floatx(), config.epsilon(), config.image_data_format()
    K = request.config.conformance_K
    restore("float32", 1e-7, "channels_last")
    np.random.seed(20170314)
    if hasattr(K, "clear_session"):
        K.clear_session()
    yield K
    restore(*before)


def restore(floatx, epsilon, data_format):
    config.set_floatx(floatx)
    config.set_epsilon(epsilon)
    config.set_image_data_format(data_format)
