"""Compare a backend with the API.

It lists every function of the API that the backend lacks, unless its UNSUPPORTED says why, and
every one that cannot be called as the API has it. None of this keeps a module from being used: what
is missing raises when it is called. The exit status is 1 if anything is listed.
"""

from __future__ import annotations

import argparse
import inspect
import json
from collections.abc import Callable
from inspect import Parameter
from types import ModuleType
from typing import Any

from kswitch.commands import engines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "module", metavar="MODULE", help="a backend's name, or its path: my_package.my_module"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON only")


def run(options: argparse.Namespace) -> int:
    result = {"backend": options.module, **compare(engines.load(options.module))}
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        print_all(result)
    return 1 if result["missing"] or result["differing"] else 0


def compare(K: ModuleType) -> dict[str, Any]:
    """What a backend lacks and what it has otherwise.

    Of an adapter, whose functions are made by kswitch, the kernels are looked for.

    Returns:
        expected: how many functions the API has for a backend to bring.
        missing: names of those it lacks without a word, in the order of the API.
        declared: name -> why it cannot have it.
        differing: name -> {"expected": signature, "found": signature}.
    """
    from kswitch import declare, ops

    api = {name: op for name, op in declare.OPS.items() if op.public}
    api |= {alias: api[name] for alias, name in ops.ALIASES.items()}
    functions = getattr(K, "_functions", None)
    unsupported = getattr(K if functions is None else functions.adapter, "UNSUPPORTED", {})
    found = {name: vars(K)[name] for name in api if name in vars(K)}
    if functions is not None:
        found = {name: f for name, f in found.items() if has_kernel(functions, api[name])}
    differing = {
        name: {"expected": signature_of(api[name]), "found": signature(function)}
        for name, function in found.items()
        if not fits(api[name], function)
    }
    absent = [name for name in api if name not in found]
    return {
        "expected": len(api),
        "missing": [name for name in absent if name not in unsupported],
        "declared": {name: unsupported[name] for name in absent if name in unsupported},
        "differing": differing,
    }


def has_kernel(functions: Any, op: Any) -> bool:
    """Whether an adapter has the kernel of an op, or needs none: a composite, say."""
    from kswitch import declare
    from kswitch.backends import adapter

    if not isinstance(op, declare.Op) or op.record is not None:
        return True
    return functions.kernel(op.name).__module__ != adapter.__name__


def fits(op: Any, function: Callable) -> bool:
    """Whether every call that the API allows can be made.

    The parameters have its names, in its order, and defaults where it has some; others that have
    defaults may follow. A function of (*args, **kwargs) takes anything.
    """
    try:
        own = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return False
    kinds = {each.kind for each in own}
    if kinds == {Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD}:
        return True
    plain = [each for each in own if each.kind is Parameter.POSITIONAL_OR_KEYWORD]
    ours, others = plain[: len(op.parameters)], plain[len(op.parameters) :]
    others += [each for each in own if each.kind is Parameter.KEYWORD_ONLY]
    return (
        [each.name for each in ours] == list(op.parameters)
        and all(each.default is not each.empty for each in ours if each.name in op.defaults)
        and all(each.default is not each.empty for each in others)
        and Parameter.POSITIONAL_ONLY not in kinds
        and (Parameter.VAR_KEYWORD in kinds or not getattr(op, "keywords", None))
    )


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


def print_all(result: dict[str, Any]) -> None:
    from kswitch.commands import show

    there = result["expected"] - len(result["missing"]) - len(result["declared"])
    print(f"{result['backend']} has {there} of {result['expected']} functions.")
    if result["missing"]:
        print(f"missing: {', '.join(result['missing'])}")
    if result["declared"]:
        show.print_table(
            ["declared unsupported", "why"], [list(pair) for pair in result["declared"].items()]
        )
    if result["differing"]:
        show.print_table(
            ["other parameters", "expected", "found"],
            [[op, each["expected"], each["found"]] for op, each in result["differing"].items()],
        )
