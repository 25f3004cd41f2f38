"""The tests: every case in every mode."""

import inspect
from collections import Counter

import pytest
from kswitch.conformance import cases, modes
from kswitch.conformance.case import Program


def pytest_generate_tests(metafunc):
    K = metafunc.config.conformance_K
    pairs = [(case, mode) for case in cases.ALL for mode in modes.of(case, K)]
    names = [f"{case.name}-{mode}" for case, mode in pairs]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"there are several cases named {', '.join(twice)}.")
    metafunc.parametrize(("case", "mode"), pairs, ids=names)


def test_case(K, case, mode, request):
    fixtures = {name: request.getfixturevalue(name) for name in wanted(case)}
    declared = modes.declared(K, case, mode)
    if declared is not None and getattr(K, case.op, None) is None:
        return
    try:
        modes.MODES[mode](K, case, **fixtures)
    except Exception as error:
        if declared is None and not modes.names_declared_dtype(K, case, error):
            raise
        if declared is not None and not isinstance(error, declared.errors):
            raise
        return
    if declared is not None:
        pytest.fail(
            f"{case.op} works, but is declared unsupported: {declared.reason!r}. Remove the line."
        )


def wanted(case):
    """The pytest fixtures that a program asks for: its parameters after K without a default."""
    if not isinstance(case, Program):
        return []
    parameters = list(inspect.signature(case.run).parameters.values())[1:]
    return [each.name for each in parameters if each.default is each.empty]
