"""Compare a backend module of your own with the API.

It lists every function of the API that the module lacks, and every one whose parameters are not
those of the API. None of this keeps a module from being used: what is missing raises when it is
called.
"""

from __future__ import annotations

import argparse
import inspect
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

from kswitch.commands import CommandError, engines
from kswitch.registry import ENGINES, canonical


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("module", metavar="MODULE", help="its path, such as my_package.my_module")
    parser.add_argument("--json", action="store_true", help="print the result as JSON only")


def run(options: argparse.Namespace) -> int:
    if canonical(options.module) in ENGINES:
        raise CommandError(f"{options.module} is built in: check is for a module of your own.")
    result = compare(engines.load(options.module))
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        print_all(options.module, result)
    return 1 if result["missing"] or result["differing"] else 0


def compare(module: ModuleType) -> dict[str, Any]:
    """What a module lacks and what it has otherwise.

    Returns:
        expected: how many functions the API has for a backend to bring.
        missing: their names, in the order of the API.
        differing: name -> {"expected": signature, "found": signature}.
    """
    from kswitch import declare, ops  # noqa: F401  (ops fills declare.OPS)

    api = {name: op for name, op in declare.OPS.items() if op.public}
    found = {name: vars(module)[name] for name in api if name in vars(module)}
    differing = {}
    for name, function in found.items():
        expected, actual = signature_of(api[name]), signature(function)
        if expected != actual:
            differing[name] = {"expected": expected, "found": actual}
    missing = [name for name in api if name not in found]
    return {"expected": len(api), "missing": missing, "differing": differing}


def signature_of(op: Any) -> str:
    """The declared parameters: names, order and which may be left out."""
    names = [f"{name}=" if name in op.defaults else name for name in op.parameters]
    if keywords := getattr(op, "keywords", None):
        names.append(f"**{keywords}")
    return f"({', '.join(names)})"


def signature(function: Callable) -> str:
    """The parameters of a function, in the form of signature_of(); "(?)" if it does not tell."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return "(?)"
    names = [
        str(parameter) if parameter.default is parameter.empty else f"{parameter.name}="
        for parameter in (each.replace(annotation=each.empty) for each in parameters)
    ]
    return f"({', '.join(names)})"


def print_all(name: str, result: dict[str, Any]) -> None:
    from kswitch.commands import show

    there = result["expected"] - len(result["missing"])
    print(f"{name} has {there} of {result['expected']} functions.")
    if result["missing"]:
        print(f"missing: {', '.join(result['missing'])}")
    if result["differing"]:
        show.print_table(
            ["other parameters", "expected", "found"],
            [[op, each["expected"], each["found"]] for op, each in result["differing"].items()],
        )
