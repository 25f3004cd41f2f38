"""Reports of conformance runs: as data, a page, text, and JUnit.

`record` makes the data of a run, reads and merges it; `page` and `markdown` show it, `table` shows
it on the terminal, `readme` keeps a table in a file. `command` is `... report a.json -o page.html`.
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from kswitch.conformance.reports import markdown, page, record
from kswitch.conformance.reports.record import Report, ReportError

from kswitch import files

WRITERS: dict[str, Callable[[Report], str]] = {
    ".html": page.text,
    ".md": markdown.text,
    ".json": record.text,
}
JUNIT = ".xml"


class Files:
    """The files that a run writes: each is checked before the run, and written after it.

    Attributes:
        paths: where the reports will be.
        junit: the name under which pytest writes JUnit's format first; "" if nobody wants it.
    """

    def __init__(self, paths: Sequence[str]):
        """Raises ReportError if a file cannot be written, or its format is not known."""
        self.paths = [check(path, [*WRITERS, JUNIT]) for path in paths]
        self.junit = ""
        if any(path.suffix == JUNIT for path in self.paths):
            handle, self.junit = tempfile.mkstemp(JUNIT)
            os.close(handle)

    def options(self, name: str) -> list[str]:
        """What pytest must be told."""
        if not self.junit:
            return []
        return [
            f"--junitxml={self.junit}",
            "--override-ini",
            f"junit_suite_name=kswitch.conformance.{name}",
        ]

    def write(self, report: Report) -> list[Path]:
        """Writes all files, each at once; gives those that were written."""
        junit = ""
        if self.junit:
            junit = Path(self.junit).read_text(encoding="utf-8")
            os.unlink(self.junit)
        for path in self.paths:
            files.replace(path, junit if path.suffix == JUNIT else WRITERS[path.suffix](report))
        return self.paths


def check(path: str, suffixes: Sequence[str]) -> Path:
    """A path that can be written, in a format that we know.

    Raises:
        ReportError: its suffix is none of `suffixes`, or nothing can be written there.
    """
    file = Path(path)
    if file.suffix not in suffixes:
        listed = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        raise ReportError(f"{path}: the name of a report must end in {listed}.")
    if file.is_dir():
        raise ReportError(f"{path} is a folder; a report is a file.")
    if not file.parent.is_dir():
        raise ReportError(f"{path}: there is no folder {file.parent}; make it first.")
    try:
        handle, name = tempfile.mkstemp(dir=file.parent)
    except OSError as error:
        raise ReportError(f"{path} cannot be written: {error.strerror}.") from error
    os.close(handle)
    os.unlink(name)
    return file
