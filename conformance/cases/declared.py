"""What a backend says that it cannot do."""

import fnmatch

from kswitch.conformance import modes
from kswitch.conformance.case import program

from kswitch import declare, ops  # noqa: F401  (declare.OPS is filled by them)
from kswitch.graph import dtypes

CASES: list = []


@program("backend", CASES)
def declares_only_what_is_asked(K):
    """A line for what the suite does not know is a slip, or left over."""
    from kswitch.conformance import cases

    checks = {f"{case.name}-{mode}" for case in cases.ALL for mode in modes.of(case, K)}
    known = {*declare.OPS, *dtypes.ALL}
    strange = [
        name
        for name in modes.unsupported(K)
        if name not in known and not fnmatch.filter(checks, name)
    ]
    assert strange == [], "UNSUPPORTED names neither an op, nor a dtype, nor a check"


@program("backend", CASES)
def says_why_it_cannot(K):
    reasons = modes.unsupported(K).values()
    assert all(isinstance(reason, str) and reason for reason in reasons)
