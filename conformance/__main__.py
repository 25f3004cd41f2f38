"""python -m kswitch.conformance BACKEND [pytest options]: runs the suite and counts ops."""

import argparse
import os
import re
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

USAGE = """python -m kswitch.conformance BACKEND [--report FILE]... [--table] [pytest options]
       python -m kswitch.conformance report FILE.json... [-o FILE]... [--update FILE]"""
DESCRIPTION = """Runs the conformance suite: does a backend compute what the functions of K should?

BACKEND is numpy, tensorflow, torch or jax, a name that a package has registered, or the dotted path
of a module of your own, which may lie in the current folder."""
EPILOG = """options of pytest, for example:
  -k conv2d       what has that in its name; -k "conv2d and not gradient"
  -x              stop at the first failure
  -n 2            in two processes; needs pytest-xdist
  -v              name every check, and show the whole table
  --tb=long       failures with all the code they passed through

The last line counts the functions that passed, are declared unsupported, failed. The exit status is
0 if none failed, 1 if one did, 2 if the suite could not start or was interrupted.

`python -m kswitch.conformance report --help`: several reports as one page."""


def main(arguments: list[str]) -> int:
    """Runs the suite on the backend that the first argument names, or the command `report`.

    Returns:
        The exit status: 0 all passed, 1 something failed, 2 it could not start or was interrupted.
    """
    if arguments[:1] == ["report"]:
        from kswitch.conformance.reports import command

        return command.main(arguments[1:])
    options, rest = command_line().parse_known_args(arguments)
    if not rest:
        command_line().print_help(sys.stderr)
        return 2
    name, *rest = rest
    if name.startswith("-"):
        return refuse(f"the first argument is the name of a backend, got {name!r}; see --help.")
    missing = missing_package(rest)
    if missing:
        return refuse(missing)
    return run(name, options, rest)


def command_line() -> argparse.ArgumentParser:
    """Our own options; those that it does not know are pytest's."""
    parser = argparse.ArgumentParser(
        prog="python -m kswitch.conformance",
        usage=USAGE,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--report",
        metavar="FILE",
        action="append",
        default=[],
        help="write what was found: .html a page, .md text, .json for programs, .xml JUnit; "
        "may be given several times",
    )
    parser.add_argument(
        "--table", action="store_true", help="show all functions, not only those not fully passed"
    )
    return parser


def missing_package(options: list[str]) -> str | None:
    """What must be installed first, as a sentence."""
    if find_spec("pytest") is None:
        return "the suite needs pytest: pip install 'kswitch[test]'."
    workers = any(re.match(r"-n(?:\d|auto|logical|$)|--(numprocesses|dist)\b", o) for o in options)
    if workers and find_spec("xdist") is None:
        return "several processes need pytest-xdist: pip install pytest-xdist."
    return None


def run(name: str, options: argparse.Namespace, rest: list[str]) -> int:
    """Runs the suite, writes the reports, prints table and summary."""
    import pytest
    from kswitch.conformance import reports
    from kswitch.conformance.progress import ProgressBar
    from kswitch.conformance.reports import record, table
    from kswitch.conformance.results import Results

    import kswitch

    try:
        files = reports.Files(options.report)
        K = kswitch.load_backend(name)
    except (ImportError, ValueError, record.ReportError) as error:
        return refuse(str(error))
    if files.junit and any(o.startswith(("--junitxml", "--junit-xml")) for o in rest):
        return refuse("give --report FILE.xml or pytest's --junitxml, not both.")
    results = Results(name, K)
    signal.signal(signal.SIGTERM, interrupt)
    given = [*settings(name, rest), *files.options(name), *rest]
    status = int(pytest.main(given, [results, ProgressBar()]))
    report = record.report(results, rest)
    table.show(report, everything=options.table or verbose(rest))
    for path in files.write(report):
        print(f"report: {path}")
    print(results.summary())
    if status == 5:
        return refuse("no check was chosen; `--collect-only` lists their names.")
    return status if status in (0, 1) else 2


def interrupt(number, frame):
    """A run that is told to end goes the way of Ctrl-C, and its reports are written."""
    raise KeyboardInterrupt


def settings(name: str, options: list[str]) -> list[str]:
    """The command line of pytest that runs the suite, whatever the current folder configures."""
    folder = Path(__file__).parent
    return [
        str(folder / "suite.py"),
        f"--conformance-backend={name}",
        f"--config-file={os.devnull}",
        f"--rootdir={folder}",
        f"--override-ini=cache_dir={Path.cwd() / '.pytest_cache'}",
        # pytest would rewrite the asserts of all packages with plugins; kswitch is running already
        "--override-ini=filterwarnings=ignore:Module already imported so cannot be rewritten; "
        "kswitch$:pytest.PytestAssertRewriteWarning",
        "--import-mode=importlib",
        "--tb=short",
        *([] if verbose(options) else ["--quiet", "--override-ini=console_output_style=classic"]),
        # for users' own tests: it has a fixture K too
        "-p",
        "no:kswitch",
        "-p",
        "kswitch.conformance.plugin",
    ]


def verbose(options: list[str]) -> bool:
    return any(re.fullmatch(r"-v+|--verbose", option) for option in options)


def refuse(text: str) -> int:
    print(f"kswitch.conformance: {text}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
