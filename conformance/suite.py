"""The tests: every case in every mode."""

import inspect

import pytest
from kswitch.conformance import cases, modes
from kswitch.conformance.case import Program


def checks(K):
    """Name of a check -> (case, mode), for all that a backend is asked."""
    found = {}
    for case in cases.ALL:
        for mode in modes.of(case, K):
            name = f"{case.name}-{mode}"
            if name in found:
                raise ValueError(f"there are several cases named {name}.")
            found[name] = case, mode
    return found


def pytest_generate_tests(metafunc):
    found = checks(metafunc.config.conformance_K)
    metafunc.parametrize(("case", "mode"), list(found.values()), ids=list(found))


def test_case(K, case, mode, request):
    fixtures = {name: request.getfixturevalue(name) for name in wanted(case)}
    declared = modes.declared(K, case, mode)
    note = request.node.user_properties.append
    if declared is not None and getattr(K, case.op, None) is None:
        note(("declared", declared.reason))
        return
    try:
        modes.MODES[mode](K, case, **fixtures)
    except (Exception, pytest.fail.Exception) as error:
        if declared is None and not modes.names_declared_dtype(K, case, error):
            raise
        if declared is not None and not isinstance(error, declared.errors):
            raise
        note(("declared", str(error) if declared is None else declared.reason))
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
