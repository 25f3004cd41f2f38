"""Show the backend, the configuration and the engines.

It prints which backend is configured and where its name came from, the configuration file and its
values, the engines that are installed with their versions and devices, how to install the rest, and
the backends that other packages have registered.
"""

from __future__ import annotations

import argparse
import json
import platform
from subprocess import Popen
from typing import Any

from kswitch import __version__, config, registered, registry
from kswitch.commands import CommandError, children, engines

FIELDS = ("floatx", "epsilon", "image_data_format", "backend")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print everything as JSON only")


def run(options: argparse.Namespace) -> int:
    from kswitch.commands import show

    with show.working("looking at the engines", quiet=options.json):
        facts = gather()
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        print_all(facts)
    for part in ("configuration", "backend", "registered"):
        error = facts[part].get("error")
        if isinstance(error, str):  # and not a backend of that name
            raise CommandError(error)
    return 0


def gather() -> dict[str, Any]:
    """All that is printed: kswitch, python, backend, configuration, engines, registered.

    What cannot be found out is {"error": text}.
    """
    settings = configuration()
    # All children at once: most of the time goes into their imports.
    describing = {
        name: children.start("kswitch.commands.engines:describe", name=name)
        for name in engines.installed()
    }
    return {
        "kswitch": __version__,
        "python": platform.python_version(),
        "backend": backend() if "error" not in settings else {},
        "configuration": settings,
        "engines": {
            name: describe(engine, describing.get(name))
            for name, engine in registry.ENGINES.items()
        },
        "registered": registered_names(),
    }


def configuration() -> dict[str, Any]:
    try:
        found = config.load()
    except (OSError, ValueError) as error:
        return {"error": str(error)}
    values = {field: getattr(found, field) for field in FIELDS}
    return {"path": found.path, "exists": found.exists, **values}


def backend() -> dict[str, str]:
    """The resolved backend; with "error" if it cannot be loaded."""
    choice = registry.resolve()
    facts = {"name": choice.name, "origin": choice.origin}
    if choice.name in engines.installed():  # one of the children looks whether it works
        return facts
    try:
        registry.load(choice.name, choice.source)
    except (ImportError, OSError, ValueError) as error:
        facts["error"] = str(error)
    return facts


def registered_names() -> dict[str, Any]:
    """The backends that other distributions have registered; none is imported."""
    try:
        found = registered.backends(registry.OWN)
    except ValueError as error:
        return {"error": str(error)}
    return {
        each.name: {"module": each.path, "distribution": each.distribution}
        for each in found.values()
    }


def describe(engine: registry.Engine, describing: Popen[str] | None) -> dict[str, Any]:
    """An engine's version and devices, or the command that installs it."""
    if describing is None:
        return {"installed": False, "install": engine.hint}
    try:
        return {"installed": True, **children.result(describing)}
    except CommandError as error:
        return {"installed": True, "error": str(error)}


def print_all(facts: dict[str, Any]) -> None:
    from kswitch.commands import show

    lines = {"kswitch": f"{facts['kswitch']} on Python {facts['python']}"}
    if facts["backend"]:
        lines["backend"] = f"{facts['backend']['name']} (from {facts['backend']['origin']})"
    settings = facts["configuration"]
    if "error" not in settings:
        lines["configuration"] = settings["path"] + (
            "" if settings["exists"] else " (no such file)"
        )
        lines.update({f"  {field}": str(settings[field]) for field in FIELDS})
    show.print_facts(lines)
    show.print_table(
        ["engine", "version", "devices"],
        [
            [name, engine.get("version", ""), where(engine)]
            for name, engine in facts["engines"].items()
        ],
    )
    if facts["registered"] and not isinstance(facts["registered"].get("error"), str):
        show.print_table(
            ["registered", "module", "by"],
            [
                [name, each["module"], each["distribution"]]
                for name, each in facts["registered"].items()
            ],
        )


def where(engine: dict[str, Any]) -> str:
    if not engine["installed"]:
        return f"not installed: {engine['install']}"
    return engine.get("error") or ", ".join(engine["devices"])
