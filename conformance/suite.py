"""The tests: every case in every mode."""

import inspect
from collections import Counter

import pytest

from kswitch.conformance import cases, modes


def pytest_generate_tests(metafunc):
    K = metafunc.config.conformance_K
    pairs = [(case, mode) for case in cases.ALL for mode in modes.of(case, K)]
    names = [f"{case.name}-{mode}" for case, mode in pairs]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"there are several cases named {', '.join(twice)}.")
    metafunc.parametrize(("case", "mode"), pairs, ids=names)


def test_case(K, case, mode, request):
    run = modes.MODES[mode]
    extra = {
        name: request.getfixturevalue(name)
        for name in (inspect.signature(case.run).parameters if mode == "program" else ())
        if name != "K"
    }
    reason = modes.unsupported(K).get(case.op)
    if reason is None:
        run(K, case, **extra)
    elif getattr(K, case.op, None) is not None:
        try:
            run(K, case, **extra)
        except NotImplementedError:
            return
        pytest.fail(f"{case.op} works, but is declared unsupported: {reason!r}. Remove the line.")
