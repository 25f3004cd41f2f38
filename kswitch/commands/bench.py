"""Compare with hand-written code: training steps, single calls, long graphs, imports.

Rivals take turns in one process with one thread; printed are medians and ratios, below 1 where
kswitch is the faster one.

steps    one step of small models with SGD (momentum 0.9) and Adam through K.function, against the
         same step as an expert would write it for the engine
calls    single functions on the engine's own tiny tensors, and a compiled function of one op,
         against the engine's own and, where they are installed, autoray, array-api-compat,
         TensorLy and keras.ops
graphs   what a node costs to record, and to differentiate and compile
imports  `import kswitch` over `import numpy`, and K on an engine over the bare engine
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from kswitch.bench import MODELS, TABLES
from kswitch.commands import CommandError, children, engines
from kswitch.commands.options import positive


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine",
        action="append",
        metavar="NAME",
        default=argparse.SUPPRESS,
        help="numpy, tensorflow, torch or jax; may be repeated (default: all that are installed)",
    )
    parser.add_argument(
        "--table",
        action="append",
        metavar="NAME",
        default=argparse.SUPPRESS,
        help=f"one of {', '.join(TABLES)}; may be repeated (default: all)",
    )
    parser.add_argument(
        "--model",
        action="append",
        metavar="NAME",
        default=argparse.SUPPRESS,
        help=f"for steps: one of {', '.join(map(repr, MODELS))}; may be repeated (default: all)",
    )
    parser.add_argument(
        "--seconds", type=positive, default=2, help="time for each comparison, about (default: 2)"
    )
    parser.add_argument(
        "--nodes", type=positive, default=10_000, help="for graphs: the largest (default: 10000)"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON only")


def run(options: argparse.Namespace) -> int:
    from kswitch.commands import show

    names = getattr(options, "engine", None) or engines.installed()
    tables = getattr(options, "table", None) or list(TABLES)
    titles = getattr(options, "model", None) or list(MODELS)
    for option, given, known in (
        ("engine", names, engines.DEVICES),
        ("table", tables, TABLES),
        ("model", titles, MODELS),
    ):
        for name in given:
            if name not in known:
                raise CommandError(f"--{option} {name}: expected one of {', '.join(known)}.")
    arguments: dict[str, dict[str, Any]] = {
        "steps": {"titles": titles, "seconds": options.seconds},
        "calls": {"seconds": options.seconds},
        "graphs": {"largest": options.nodes},
        "imports": {"rounds": 2 + options.seconds},
    }
    results: dict[str, dict[str, dict]] = {}
    for name in names:
        results[name] = {}
        for table in tables:
            with show.working(f"measuring {table} on {name}", quiet=options.json):
                found = results[name][table] = _measured(table, name, arguments[table])
            if not options.json and "error" not in found:
                print(f"{name} {found['version']}: {table}")
                PRINTERS[table](found)
                print()
    if options.json:
        print(json.dumps(results, indent=2))
    failed = {
        f"{name} {table}": found
        for name, parts in results.items()
        for table, found in parts.items()
        if "error" in found
    }
    if not options.json:
        show.print_failures(failed)
    return int(bool(failed))


def _measured(table: str, name: str, arguments: dict[str, Any]) -> dict:
    try:
        return children.result(
            children.start(f"kswitch.bench.{table}:measure", name=name, **arguments)
        )
    except CommandError as error:
        return {"error": str(error)}


# The tables


def _steps(found: dict) -> None:
    from kswitch.commands import show

    rows = [
        [
            step["model"],
            step["optimizer"],
            f"{step['by_hand']:.0f} µs",
            f"{step['kswitch']:.0f} µs",
            f"{step['ratio']:.2f}",
        ]
        for step in found["steps"]
    ]
    show.print_table(["model", "optimizer", "by hand", "kswitch", "ratio"], rows)
    print(f"geometric mean of the ratios: {found['mean']:.2f}")


def _calls(found: dict) -> None:
    from kswitch.commands import show

    rows = found["calls"]
    who = list(dict.fromkeys(name for row in rows for name in row if name != "op"))
    show.print_table(
        ["call", *who, "kswitch / own"],
        [
            [
                row["op"],
                *(f"{row[name]:.0f} ns" if name in row else "" for name in who),
                f"{row['kswitch'] / row['own']:.2f}",
            ]
            for row in rows
        ],
    )
    call = found["call"]
    more = (call["kswitch"] - call["own"]) / 1000
    print(
        f"compiled function of one op: own {call['own'] / 1000:.1f} µs, K.function {more:+.1f} µs"
    )


def _graphs(found: dict) -> None:
    from kswitch.commands import show

    show.print_table(
        ["graph", "nodes", "record", "gradients and code", "memory"],
        [
            [
                row["kind"],
                f"{row['nodes']:,}",
                f"{row['build']:.1f} µs a node",
                f"{row['compile']:.0f} µs a node",
                f"{row['memory'] / 1000:.1f} kB a node",
            ]
            for row in found["graphs"]
        ],
    )
    print(f"first call of the longest chain with gradients: {found['first']:.1f} s")


def _imports(found: dict) -> None:
    package, own = found["package"] / found["numpy"], found["K"] / found["own"]
    print(f"import kswitch / import numpy: {package:.2f}")
    print(f"K on the engine / the bare engine: {own:.2f}")


PRINTERS: dict[str, Callable[[dict], None]] = {
    "steps": _steps,
    "calls": _calls,
    "graphs": _graphs,
    "imports": _imports,
}
