"""What a report says, as data: the schema of the .json files.

A Report holds the Runs of one or more backends, a Run an Entry for each pair of an op and a mode,
an Entry its Failures. The annotations below are the schema, and `load()` checks a file by them. A
change that a reader of the old form would stumble over raises VERSION.
"""

import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict, get_args, get_origin, get_type_hints, is_typeddict

from kswitch.conformance.results import overall

from kswitch import __version__, declare, ops, registry

SCHEMA = "kswitch.conformance"
VERSION = 1

DETAILED = 10  # failures of an entry that are told in full
LONGEST = 2000  # characters of each of their texts


class ReportError(Exception):
    """What is wrong with a report or its place, for the person at the terminal."""


class Failure(TypedDict):
    """A check that failed.

    call is empty for a failure outside a check; expected and actual are empty where the failure is
    no comparison. text is what pytest prints.
    """

    check: str
    call: str
    message: str
    expected: str
    actual: str
    text: str


class Entry(TypedDict):
    """An op in a mode.

    checks says how many ran; failed how many of them failed, of which `failures` tells the first;
    declared how many the backend says that it cannot do, for the `reasons`. state is "failed" if
    one is, "declared" if all are, else "passed".
    """

    op: str
    family: str
    mode: str
    state: str
    checks: int
    failed: int
    declared: int
    reasons: list[str]
    seconds: float
    failures: list[Failure]


class Run(TypedDict):
    """The suite on a backend.

    started and finished are times in ISO 8601, UTC; versions those of kswitch, Python, NumPy and
    the engine; options what pytest was given; declared what the backend says that it cannot do, an
    op, a dtype or a pattern of checks, with the reasons. complete is false where not all of the
    suite ran: some of it was chosen, or the run was interrupted. suite is the number of checks in
    all of it.
    """

    backend: str
    versions: dict[str, str]
    platform: str
    started: str
    finished: str
    seconds: float
    options: list[str]
    complete: bool
    suite: int
    declared: dict[str, str]
    entries: list[Entry]


class Report(TypedDict):
    """All of a .json file."""

    schema: str
    version: int
    runs: list[Run]


def report(results: Any, options: list[str]) -> Report:
    """The report of a run.

    Args:
        results: its `kswitch.conformance.results.Results`.
        options: what pytest was given.
    """
    pairs: dict[tuple[str, str], list] = {}
    for result in results.results:
        pairs.setdefault((result.op, result.mode), []).append(result)
    run = Run(
        backend=results.name,
        versions=versions(results.name, results.K),
        platform=f"{platform.system()} {platform.machine()}",
        started=results.started.isoformat(timespec="seconds"),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(results.seconds, 2),
        options=options,
        complete=results.complete,
        suite=len(results.checks),
        declared=dict(results.declared),
        entries=[entry(op, mode, group) for (op, mode), group in pairs.items()],
    )
    return Report(schema=SCHEMA, version=VERSION, runs=[run])


def entry(op: str, mode: str, group: list) -> Entry:
    states = [result.state for result in group]
    bad = [result for result in group if result.state == "failed"]
    reasons = [result.facts["declared"] for result in group if result.state == "declared"]
    return Entry(
        op=op,
        family=family(op),
        mode=mode,
        state=overall(states),
        checks=len(group),
        failed=len(bad),
        declared=len(reasons),
        reasons=list(dict.fromkeys(reasons)),
        seconds=round(sum(result.seconds for result in group), 4),
        failures=[failure(result) for result in bad[:DETAILED]],
    )


def failure(result: Any) -> Failure:
    names = ("call", "message", "expected", "actual")
    call, message, expected, actual = (short(result.facts.get(name, "")) for name in names)
    return Failure(
        check=result.name,
        call=call,
        message=message or short(result.text.strip().rpartition("\n")[2]),
        expected=expected,
        actual=actual,
        text=short(result.text),
    )


def short(text: str) -> str:
    """A text that is not longer than LONGEST, without what is in the middle."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]}\n[...]\n{text[-half:]}"


def family(op: str) -> str:
    """The family of functions that an op belongs to: the file of its declaration."""
    declared = declare.OPS.get(ops.ALIASES.get(op, op))
    if declared is None:
        return "configuration"
    function = declared.rule if isinstance(declared, declare.Op) else declared.function
    return function.__module__.rpartition(".")[2]


def versions(name: str, K: Any) -> dict[str, str]:
    """Name -> version of what the result depends on."""
    import numpy as np

    found = {"kswitch": __version__, "python": platform.python_version(), "numpy": np.__version__}
    functions = getattr(K, "_functions", None)
    if functions is not None:
        return found | {name: str(functions.adapter.version())}
    version = distribution_version(registry.path(name).partition(".")[0])
    return found if version is None else found | {name: version}


def distribution_version(package: str) -> str | None:
    """The version of what brought an imported package: its distribution's, else its own."""
    from importlib import metadata

    for name in metadata.packages_distributions().get(package, ()):
        return metadata.version(name)
    return getattr(sys.modules.get(package), "__version__", None)


# Files


def text(report: Report) -> str:
    return json.dumps(report, indent=1) + "\n"


def load(path: str) -> Report:
    """The report in a .json file.

    Raises:
        ReportError: there is none, or it has not the form that is described above.
    """
    try:
        report = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ReportError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ReportError(f"{path} holds no JSON: {error}.") from error
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        raise ReportError(f'{path} is no report: its "schema" is not {SCHEMA!r}.')
    if report.get("version") != VERSION:
        raise ReportError(
            f"{path} has version {report.get('version')!r} of the form, this kswitch reads "
            f"{VERSION}. Make it again, or use the kswitch that made it."
        )
    check(report, Report, path)
    return report  # type: ignore[return-value]


def check(value: Any, form: Any, place: str) -> None:
    """Raises ReportError unless a value has the form of an annotation."""
    if is_typeddict(form):
        check(value, dict, place)
        for name, inner in get_type_hints(form).items():
            if name not in value:
                raise ReportError(f"{place}: {name!r} is missing.")
            check(value[name], inner, f"{place}: {name}")
    elif get_origin(form) is list:
        check(value, list, place)
        for i, each in enumerate(value):
            check(each, get_args(form)[0], f"{place}[{i}]")
    elif get_origin(form) is dict:
        check(value, dict, place)
        for name, each in value.items():
            check(each, get_args(form)[1], f"{place}[{name!r}]")
    elif not isinstance(value, (int, float) if form is float else form):
        raise ReportError(f"{place} must be {form.__name__}, got {value!r:.60}.")


def merge(reports: list[Report]) -> Report:
    """All runs of several reports as one."""
    runs = [run for report in reports for run in report["runs"]]
    return Report(schema=SCHEMA, version=VERSION, runs=runs)


def labels(runs: list[Run]) -> list[str]:
    """What to call each run: its backend, and what tells it apart from others of that backend."""
    names = [run["backend"] for run in runs]
    if len(set(names)) == len(names):
        return names
    full = [f"{run['backend']} {run['versions'].get(run['backend'], '')}".strip() for run in runs]
    if len(set(full)) == len(full):
        return full
    return [f"{name} {run['started']}" for name, run in zip(full, runs)]
