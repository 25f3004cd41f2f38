"""For users' own tests: on which backends they run, and what is left out on some of them.

pytest loads this wherever kswitch is installed, so nothing heavy is imported here, and no engine
before a test asks for K.

    pytest --kswitch-backend=numpy --kswitch-backend=torch

    @pytest.mark.skip_backend("jax", "jax has no such thing")
    @pytest.mark.xfail_backend("torch", "reported upstream as 1234")
    def test_of_mine(K): ...
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

MARKERS = {"skip_backend": pytest.mark.skip, "xfail_backend": pytest.mark.xfail}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("kswitch").addoption(
        "--kswitch-backend",
        metavar="NAME",
        action="append",
        default=[],
        help="a backend that tests with the fixture K run on; may be given several times "
        "(default: the configured one)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "skip_backend(name, reason): leave the test out on a backend of kswitch."
    )
    config.addinivalue_line(
        "markers", "xfail_backend(name, reason): expect the test to fail on a backend of kswitch."
    )
    for name in config.getoption("kswitch_backend"):
        installed(name, f"--kswitch-backend={name}")


def pytest_report_header(config: pytest.Config) -> str | None:
    names = config.getoption("kswitch_backend")
    return f"kswitch: {', '.join(names)}" if names else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kswitch_backend" in metafunc.fixturenames:
        names = metafunc.config.getoption("kswitch_backend")
        if names:
            unique = list(dict.fromkeys(known(name, name) for name in names))
            metafunc.parametrize("kswitch_backend", unique, indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in list(item.iter_markers()):
            if mark.name in MARKERS:
                name, reason = arguments(mark, item)
                if name == backend_of(item):
                    item.add_marker(MARKERS[mark.name](reason=f"{name}: {reason}"))


@pytest.fixture
def kswitch_backend(request: pytest.FixtureRequest) -> str:
    """The name of the backend that K is in this test."""
    return backend_of(request.node)


@pytest.fixture
def K(kswitch_backend: str) -> Iterator[Any]:
    """The Keras backend API on the backend of this test, with nothing left of earlier tests.

    The learning phase is unset and names count anew; floatx, epsilon and image_data_format are set
    back when the test is over.
    """
    from kswitch import config, registry

    choice = registry.resolve()
    source = choice.source if choice.name == kswitch_backend else None
    K = registry.load(kswitch_backend, source)
    before = config.floatx(), config.epsilon(), config.image_data_format()
    if hasattr(K, "clear_session"):
        K.clear_session()
    yield K
    config.set_floatx(before[0])
    config.set_epsilon(before[1])
    config.set_image_data_format(before[2])


def backend_of(item: Any) -> str:
    """The backend that a test runs on: one of those that were asked for, else the configured."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    if "kswitch_backend" in parameters:
        return parameters["kswitch_backend"]
    from kswitch import registry

    try:
        return registry.resolve().name
    except (OSError, ValueError) as error:  # keras.json is bad
        raise pytest.UsageError(str(error)) from None


def arguments(mark: pytest.Mark, item: pytest.Item) -> tuple[str, str]:
    """Name and reason of a marker.

    Raises:
        pytest.UsageError: it is not called so, or nobody knows the name.
    """

    def read(name: str, reason: str) -> tuple[str, str]:
        return name, reason

    where = f"{item.nodeid}: {mark.name}"
    try:
        name, reason = read(*mark.args, **mark.kwargs)
    except TypeError:
        name = reason = ""
    if not all(isinstance(each, str) and each.strip() for each in (name, reason)):
        raise pytest.UsageError(
            f"{where} needs a name and a reason: @pytest.mark.{mark.name}('torch', 'why')."
        )
    return known(name, f"{where}({name!r})"), reason


def known(name: str, source: str) -> str:
    """The one spelling of a backend's name.

    Raises:
        pytest.UsageError: there is no such backend.
    """
    from kswitch import registry

    try:
        return registry.known(name, source)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def installed(name: str, source: str) -> None:
    """Raises pytest.UsageError unless there is such a backend, and its engine is installed."""
    from kswitch import registry

    engine = registry.ENGINES.get(known(name, source))
    if engine is not None and not registry.installed(engine.import_name):
        raise pytest.UsageError(registry.needs(known(name, source), source))
