"""What was measured, as data: engine -> table -> result; kept in files, several of which merge.

A result has version (of the engine), rows, figures, and goals, as `goals.judged` gives them; absent
says what could not be compared. Instead of all that it may have `error`, a text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from kswitch.bench import TABLES, goals

Results = dict[str, dict[str, dict]]


def load(paths: Sequence[str]) -> Results:
    """The results of files, by today's goals; of two for a table and engine the later file's.

    Raises:
        ValueError: one cannot be read, or is none of ours.
    """
    merged: Results = {}
    for path in paths:
        try:
            found = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise ValueError(f"{path} is no JSON: {error}.") from error
        if not isinstance(found, dict) or not all(map(_engine, found, found.values())):
            raise ValueError(f"{path} is not what `kswitch bench --save` writes.")
        for engine, tables in found.items():
            merged.setdefault(engine, {}).update(tables)
    for engine, table, result in measured(merged):
        result["goals"] = goals.judged(table, engine, result)
    return {engine: merged[engine] for engine in goals.ENGINES if engine in merged}


def _engine(name: str, tables: object) -> bool:
    return (
        name in goals.ENGINES
        and isinstance(tables, dict)
        and all(
            table in TABLES
            and isinstance(found, dict)
            and ("error" in found or {"rows", "figures"} <= found.keys())
            for table, found in tables.items()
        )
    )


def measured(results: Results) -> list[tuple[str, str, dict]]:
    """(engine, table, result) of all that have not failed."""
    return [
        (engine, table, found)
        for engine, parts in results.items()
        for table, found in parts.items()
        if "error" not in found
    ]


def count(results: Results) -> tuple[int, int]:
    """How many goals are met, and how many there are."""
    met = [goal["met"] for _, _, found in measured(results) for goal in found["goals"]]
    return sum(met), len(met)
