"""python -m kswitch.keras2 PROGRAM: runs a program of Keras 2 on an engine of kswitch."""

import runpy
import sys

USAGE = """usage: python -m kswitch.keras2 program.py [arguments of the program]
       python -m kswitch.keras2 -m module [arguments of the module]

Runs a program written for Keras 2.3.1 or 2.2.4, as it is, on the engine that KERAS_BACKEND names:

    KERAS_BACKEND=torch python -m kswitch.keras2 train.py

KERAS_BACKEND is numpy, tensorflow, torch or jax; without it, `backend` in keras.json holds, else
the first engine that is installed. Keras itself: pip install --no-deps keras==2.3.1"""


def main(arguments: list[str]) -> int:
    """Runs the program; what it returns with sys.exit goes on to the caller.

    Returns:
        2 if the program cannot be started, else 0.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if arguments else 2
    is_module = arguments[0] == "-m"
    if arguments == ["-m"]:
        return refuse("-m needs the name of a module.")
    program, *rest = arguments[1:] if is_module else arguments
    if not is_module and program.startswith("-"):
        return refuse(f"the first argument is a program or -m, got {program!r}.\n\n{USAGE}")
    from kswitch.keras2.startup import start

    try:
        start()
    except (ImportError, OSError, ValueError) as error:
        return refuse(str(error))
    run(program, rest, is_module)
    return 0


def run(program: str, arguments: list[str], is_module: bool) -> None:
    """Runs a file or a module as Python itself would: as __main__, its folder on the path."""
    sys.argv = [program, *arguments]
    if is_module:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
        return
    import os

    if not sys.flags.safe_path:
        sys.path[0] = os.path.dirname(os.path.abspath(program))
    runpy.run_path(program, run_name="__main__")


def refuse(text: str) -> int:
    print(f"kswitch.keras2: {text}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
