"""A report as a page: one file that needs no network, made of page.html, page.css and page.js."""

import json
from html import escape
from importlib.resources import files

from kswitch.conformance.reports import table
from kswitch.conformance.reports.record import Report, labels


def text(report: Report) -> str:
    """The page. All that varies is data: the script makes the matrix of it."""
    names = labels(report["runs"])
    data = {"columns": table.COLUMNS, "labels": names, "runs": report["runs"]}
    # In a script element "<" may only stand where it begins neither a tag nor a comment.
    embedded = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    lines = [f"<li>{escape(line)}</li>" for line in map(said, report["runs"], names)]
    page = _part("page.html")
    for place, value in {
        "{{title}}": escape(", ".join(names)),
        "{{style}}": _part("page.css"),
        "{{summary}}": "".join(lines),
        "{{script}}": _part("page.js"),
        "{{data}}": embedded,
    }.items():
        page = page.replace(place, value, 1)
    return page


def said(run, name: str) -> str:
    """A run in words, for readers without scripts."""
    counts = table.counts(run)
    return (
        f"{name}: {counts['passed']} functions passed, {counts['declared']} declared unsupported, "
        f"{counts['failed']} failed"
    )


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8").strip()
