"""The command line: `kswitch demo` and its like; also `python -m kswitch demo`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from kswitch import __version__
from kswitch.commands import CommandError, bench, check, demo, info, migrate, new

COMMANDS = {
    "demo": demo,
    "info": info,
    "check": check,
    "migrate": migrate,
    "bench": bench,
    "new": new,
}


def command_line() -> argparse.ArgumentParser:
    """The parser of all commands; its options name the command's `run`."""
    parser = argparse.ArgumentParser(
        prog="kswitch",
        description="The classic Keras backend API on NumPy, TensorFlow, PyTorch or JAX.",
        epilog="The conformance suite: python -m kswitch.conformance my_package.my_module",
    )
    parser.add_argument("--version", action="version", version=f"kswitch {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, command in COMMANDS.items():
        summary, _, details = (command.__doc__ or "").partition("\n")
        subparser = commands.add_parser(
            name,
            help=summary.rstrip("."),
            description=f"{summary} {details.strip()}",
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status: 0 well, 1 a result is bad, 2 a mistake."""
    parser = command_line()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return 0
    try:
        return options.run(options)
    except CommandError as error:
        print(f"kswitch: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
