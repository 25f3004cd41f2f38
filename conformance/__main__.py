"""python -m kswitch.conformance BACKEND [pytest options]: runs the suite and counts ops."""

import os
import sys
from pathlib import Path

USAGE = """usage: python -m kswitch.conformance BACKEND [pytest options]

BACKEND is numpy, tensorflow, torch, jax, or the dotted path of a module of your own.
All that follows goes to pytest: -k conv2d runs what has that in its name, -x stops at the first
failure, -v names all."""


def main(arguments: list[str]) -> int:
    """Runs the suite on the backend that the first argument names.

    Returns:
        pytest's exit status; 2 if the suite cannot start.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if arguments else 2
    name, *options = arguments
    if name.startswith("-"):
        return refuse(f"the first argument is the name of a backend, got {name!r}.\n\n{USAGE}")
    try:
        import pytest
    except ImportError:
        return refuse("the suite needs pytest: pip install 'kswitch[test]'.")

    from kswitch.conformance.results import Results

    import kswitch

    try:
        K = kswitch.load_backend(name)
    except (ImportError, ValueError) as error:
        return refuse(str(error))
    results = Results(name, K)
    status = pytest.main([*settings(name), *options], [results])
    print(results.summary())
    return int(status)


def settings(name: str) -> list[str]:
    """The command line of pytest that runs the suite, whatever the current folder configures."""
    folder = Path(__file__).parent
    return [
        str(folder / "suite.py"),
        f"--conformance-backend={name}",
        f"--config-file={os.devnull}",
        f"--rootdir={folder}",
        f"--override-ini=cache_dir={Path.cwd() / '.pytest_cache'}",
        "--import-mode=importlib",
        "--quiet",
        "-p",
        "kswitch.conformance.plugin",
    ]


def refuse(text: str) -> int:
    print(f"kswitch.conformance: {text}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
