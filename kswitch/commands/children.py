"""Runs a function of this package for one engine, in a Python process of its own.

The import of an engine takes seconds and memory, and its thread settings hold for the life of the
process. So each engine gets a process, and the command line stays quick and free of engines.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping

from kswitch.commands import CommandError

# Our steps are small: with one thread they are quicker, and two runs are comparable.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3"}
NONE: Mapping[str, str] = {}

# The path is handed over, or a child started inside a checkout would import the checkout.
PROGRAM = """\
import json, sys
sys.path[:] = {path!r}
from {module} import {name}
result = {name}(**{arguments!r})
print("\\n" + json.dumps(result))
"""


def set_defaults(variables: dict[str, str]) -> None:
    """Sets environment variables that the user has not set, before an engine is imported."""
    for name, value in variables.items():
        os.environ.setdefault(name, value)


def start(
    function: str, name: str, environment: Mapping[str, str] = NONE, **arguments: object
) -> subprocess.Popen[str]:
    """Starts `module:function` for the engine of a name; its result must be JSON.

    `environment` is what counts in the child, whatever the user has set.

    KERAS_BACKEND is that name in the child: `import tensorflow` imports Keras 3, and this fails
    where KERAS_BACKEND or keras.json has a name that Keras 3 does not know.
    """
    module, function = function.split(":")
    arguments["name"] = name
    program = PROGRAM.format(path=sys.path, module=module, name=function, arguments=arguments)
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env={**ONE_THREAD, **QUIET, **os.environ, **environment, "KERAS_BACKEND": name},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def result(child: subprocess.Popen[str]) -> dict:
    """Waits for a child and returns what its function returned.

    Raises:
        CommandError: the function failed; the text is the last line of its traceback.
    """
    try:
        output, errors = child.communicate()
    except BaseException:
        child.kill()
        raise
    if child.returncode:
        lines = errors.strip().splitlines() or [f"exit status {child.returncode}"]
        raise CommandError(lines[-1])
    return json.loads(output.splitlines()[-1])
