"""Compare training steps with hand-written code.

Small models, each with SGD (momentum 0.9) and with Adam: one step through K.function against the
same step written by hand for the same engine, as an expert would: the two take turns in one process
with one thread. Printed are the medians and their ratio; below 1 kswitch is the faster one.
"""

from __future__ import annotations

import argparse
import json

from kswitch.bench import MODELS
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
        "--model",
        action="append",
        metavar="NAME",
        default=argparse.SUPPRESS,
        help=f"one of {', '.join(map(repr, MODELS))}; may be repeated (default: all)",
    )
    parser.add_argument(
        "--seconds", type=positive, default=2, help="time for each model and optimizer, about"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON only")


def run(options: argparse.Namespace) -> int:
    from kswitch.commands import show

    names = getattr(options, "engine", None) or engines.installed()
    titles = getattr(options, "model", None) or list(MODELS)
    for option, given, known in (("engine", names, engines.DEVICES), ("model", titles, MODELS)):
        for name in given:
            if name not in known:
                raise CommandError(f"--{option} {name}: expected one of {', '.join(known)}.")
    results: dict[str, dict] = {}
    for name in names:
        with show.working(f"measuring {name}", quiet=options.json):
            try:
                child = children.start(
                    "kswitch.bench.steps:measure",
                    name=name,
                    titles=titles,
                    seconds=options.seconds,
                )
                results[name] = children.result(child)
            except CommandError as error:
                results[name] = {"error": str(error)}
        if not options.json and "error" not in results[name]:
            print(f"{name} {results[name]['version']}")
            show.print_table(
                ["model", "optimizer", "by hand", "kswitch", "ratio"],
                [row(step) for step in results[name]["steps"]],
            )
            print(f"geometric mean of the ratios: {results[name]['mean']:.2f}\n")
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        show.print_failures(results)
        print("Medians, one thread.")
    return int(any("error" in result for result in results.values()))


def row(step: dict) -> list[str]:
    times = [f"{step[who]:.0f} µs" for who in ("by_hand", "kswitch")]
    return [step["model"], step["optimizer"], *times, f"{step['ratio']:.2f}"]
