"""Compare with hand-written code: training steps, single calls, long graphs, imports.

Rivals take turns in one process with one thread; printed are medians and ratios, below 1 where
kswitch is the faster one, and beside a figure its goal.

steps    one step of small models with SGD (momentum 0.9) and Adam through K.function, against the
         same step as an expert would write it for the engine
keras3   the same, against train_on_batch and fit of Keras 3 where it is installed
jit      the same with jit_compile=True, against steps by hand through the engine's compiler
calls    single functions on the engine's own tiny tensors, and a compiled function of one op,
         against the engine's own and, where they are installed, autoray, array-api-compat,
         TensorLy and keras.ops
graphs   what a node costs to record, and to differentiate and compile; memory of a long chain
imports  `import kswitch` over `import numpy`, and K on an engine over the bare engine
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
from pathlib import Path
from typing import Any

from kswitch import files
from kswitch.bench import JIT_MODELS, MODELS, TABLES, goals, readme, results, tables
from kswitch.commands import CommandError, children, engines
from kswitch.commands.options import duration, natural, positive

# The test environments leave JAX's optimisations out.
ENVIRONMENT = {"JAX_DISABLE_MOST_OPTIMIZATIONS": "0"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    def optional(option: str, metavar: str, text: str, action: str = "store") -> None:
        parser.add_argument(
            option, action=action, metavar=metavar, default=argparse.SUPPRESS, help=text
        )

    def repeated(option: str, text: str, metavar: str = "NAME") -> None:
        optional(option, metavar, f"{text}; may be repeated", "append")

    parser.set_defaults(engine=None, table=None, model=None, load=None, save="", plot="", update="")
    repeated("--engine", "numpy, tensorflow, torch or jax (default: all that are installed)")
    repeated("--table", f"one of {', '.join(TABLES)} (default: all)")
    repeated(
        "--model",
        f"one of {', '.join(map(repr, MODELS))} (default: all, but for jit "
        f"{' and '.join(map(repr, JIT_MODELS))})",
    )
    parser.add_argument(
        "--seconds", type=duration, default=2, help="time for each comparison, about"
    )
    parser.add_argument("--nodes", type=positive, default=50_000, help="for graphs: the largest")
    parser.add_argument("--json", action="store_true", help="print the result as JSON only")
    optional("--save", "FILE.json", "write the result as JSON there, too")
    repeated("--load", "measure nothing: show what --save wrote there", "FILE.json")
    parser.add_argument(
        "--check",
        action="store_true",
        help="exit status 1 if a goal is not met; such tables are measured twice, and of two "
        "figures the better one counts",
    )
    parser.add_argument(
        "--tolerance",
        type=natural,
        default=0,
        metavar="PERCENT",
        help="for --check: by how much a figure may be over its goal",
    )
    optional("--plot", "FILE.svg", "draw the ratios of the training steps there")
    optional(
        "--update",
        "FILE",
        f"a text with the lines {' and '.join(files.marks(readme.PART))}: puts tables of the "
        "results between them",
    )


def run(options: argparse.Namespace) -> int:
    from kswitch.commands import show

    _check_places(options)
    tolerance = options.tolerance / 100
    found = _load(options.load) if options.load else _measure(options, tolerance)
    if options.load and not options.json:
        for engine, table, result in results.measured(found):
            _print(engine, table, result)
    _write(options, found)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        show.print_failures(
            {
                f"{engine} {table}": result
                for engine, parts in found.items()
                for table, result in parts.items()
            }
        )
        _summary(found, options.check, tolerance)
    failed = any("error" in result for parts in found.values() for result in parts.values())
    missed = options.check and any(_far(r, tolerance) for _, _, r in results.measured(found))
    return int(failed or missed)


# Options


def _chosen(options: argparse.Namespace, option: str, default: Any, known: Any) -> list[str]:
    names = getattr(options, option) or list(default)
    for name in names:
        if name not in known:
            raise CommandError(f"--{option} {name}: expected one of {', '.join(known)}.")
    return names


def _check_places(options: argparse.Namespace) -> None:
    """Raises CommandError before minutes are spent on what cannot be written."""
    for path in (options.save, options.plot, options.update):
        if path and not Path(path).absolute().parent.is_dir():
            raise CommandError(f"{path}: there is no folder {Path(path).parent}; make it first.")
    if options.plot and not options.plot.endswith(".svg"):
        raise CommandError(f"--plot {options.plot}: the name of a picture must end in .svg.")
    if options.plot and importlib.util.find_spec("matplotlib") is None:
        raise CommandError("--plot needs matplotlib: pip install 'kswitch[bench]'.")
    if options.update:
        _updated(options.update, "")


# Measuring


def _measure(options: argparse.Namespace, tolerance: float) -> results.Results:
    """Measures, and prints each table once it is there."""
    names = _chosen(options, "engine", engines.installed(), engines.DEVICES)
    titles = _chosen(options, "model", MODELS, MODELS)
    compiled = _chosen(options, "model", JIT_MODELS, MODELS)
    arguments: dict[str, dict[str, Any]] = {
        "steps": {"titles": titles, "seconds": options.seconds},
        "keras3": {"titles": titles, "seconds": options.seconds},
        "jit": {"titles": compiled, "seconds": options.seconds},
        "calls": {"seconds": options.seconds},
        "graphs": {"largest": options.nodes},
        "imports": {"rounds": 2 + math.ceil(options.seconds)},
    }
    found: results.Results = {}
    for name in names:
        found[name] = {}
        for table in _chosen(options, "table", TABLES, TABLES):
            result = _measured(table, name, arguments[table], options.json)
            if options.check and _far(result, tolerance):
                first, result = result, _measured(table, name, arguments[table], options.json)
                if "error" not in result:
                    result["goals"] = goals.better(first["goals"], result["goals"])
            found[name][table] = result
            if not options.json and "error" not in result:
                _print(name, table, result)
    return {name: found[name] for name in goals.ENGINES if name in found}


def _far(result: dict, tolerance: float) -> bool:
    return any(goals.far(goal, tolerance) for goal in result.get("goals", ()))


def _measured(table: str, name: str, arguments: dict[str, Any], quiet: bool) -> dict:
    from kswitch.commands import show

    function = f"kswitch.bench.{table}:measure"
    with show.working(f"measuring {table} on {name}", quiet):
        try:
            found = children.result(children.start(function, name, ENVIRONMENT, **arguments))
        except CommandError as error:
            return {"error": str(error)}
    return found | {"goals": goals.judged(table, name, found)}


# Results


def _load(paths: list[str]) -> results.Results:
    try:
        return results.load(paths)
    except ValueError as error:
        raise CommandError(str(error)) from error


def _print(engine: str, table: str, found: dict) -> None:
    from kswitch.commands import show

    print(f"{engine} {found['version'] or ''}".rstrip() + f": {table}")
    heads, rows = tables.grid(table, found)
    if rows:
        show.print_table(heads, rows)
    for line in tables.lines(table, found):
        print(line)
    print()


def _summary(found: results.Results, check: bool, tolerance: float) -> None:
    met, all_ = results.count(found)
    print(f"{met} of {all_} goals met")
    for engine, table, result in results.measured(found):
        for line in tables.missed(engine, table, result):
            print(f"  {line}")
    if check and tolerance:
        print(f"Only what is over its goal by more than {tolerance:.0%} is an error.")


def _write(options: argparse.Namespace, found: results.Results) -> None:
    if options.save:
        files.replace(Path(options.save), json.dumps(found, indent=2) + "\n")
    if options.plot:
        from kswitch.bench import plot

        try:
            files.replace(Path(options.plot), plot.svg(found))
        except ValueError as error:
            raise CommandError(f"--plot {options.plot}: {error}") from error
    if options.update:
        files.replace(Path(options.update), _updated(options.update, readme.part(found)))


def _updated(path: str, text: str) -> str:
    try:
        return files.updated(path, readme.PART, text)
    except ValueError as error:
        raise CommandError(str(error)) from error
