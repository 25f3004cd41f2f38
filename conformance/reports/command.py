"""python -m kswitch.conformance report: several .json reports as one page, text, or table."""

import argparse
import sys
from pathlib import Path

from kswitch.conformance import reports
from kswitch.conformance.reports import readme, record, table

from kswitch import files

DESCRIPTION = """Puts the .json reports of several runs together, of several backends, say, and
writes them as one page (.html), as text (.md) or as data (.json)."""
EPILOG = """for example:
  python -m kswitch.conformance numpy --report numpy.json
  python -m kswitch.conformance my_package.my_module --report mine.json
  python -m kswitch.conformance report numpy.json mine.json -o page.html"""


def main(arguments: list[str]) -> int:
    """Returns the exit status: 0, or 2 if a file cannot be read or written."""
    parser = command_line()
    options = parser.parse_args(arguments)
    if not options.output and not options.update:
        parser.error("where to? Give -o FILE, or --update FILE.")
    try:
        outputs = [reports.check(path, list(reports.WRITERS)) for path in options.output]
        report = record.merge([record.load(path) for path in options.reports])
        changed = [(path, readme.updated(path, report)) for path in options.update]
    except record.ReportError as error:
        print(f"kswitch.conformance report: {error}", file=sys.stderr)
        return 2
    for path in outputs:
        files.replace(path, reports.WRITERS[path.suffix](report))
    for path, text in changed:
        files.replace(Path(path), text)
    for run, label in zip(report["runs"], record.labels(report["runs"])):
        counts = table.counts(run)
        print(
            f"{label}: {counts['passed']} passed, {counts['declared']} declared unsupported, "
            f"{counts['failed']} failed"
        )
    for place in [*outputs, *options.update]:
        print(f"report: {place}")
    return 0


def command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kswitch.conformance report",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("reports", metavar="FILE.json", nargs="+", help="what --report has written")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        action="append",
        default=[],
        help="where to write: .html, .md or .json; may be given several times",
    )
    parser.add_argument(
        "--update",
        metavar="FILE",
        action="append",
        default=[],
        help=f"a text with the lines {readme.BEGIN} and {readme.END}: puts the table by families "
        "between them",
    )
    return parser
