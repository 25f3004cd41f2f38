"""Write the skeleton of a backend of your own.

It makes a folder with a distribution: pyproject.toml, which registers the backend, a package with
an empty adapter, and a test that runs the conformance suite. The test fails and says what to write
next, until the suite passes. Nothing that exists is overwritten.
"""

from __future__ import annotations

import argparse
import keyword
import re
from pathlib import Path

from kswitch import __version__
from kswitch.commands import CommandError
from kswitch.registry import ALIASES, DEAD, ENGINES

PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{distribution}"
version = "0.1.0"
description = "The classic Keras backend API on {name}"
requires-python = ">=3.11"
dependencies = ["kswitch>={version}"]  # and the engine itself

[project.optional-dependencies]
test = ["kswitch[test]"]

[project.entry-points."kswitch.backends"]
{name} = "{package}.backend"

[tool.setuptools]
packages = ["{package}"]

[tool.pytest.ini_options]
testpaths = ["tests"]
"""

README = """\
# {distribution}

The classic Keras backend API, `K`, on {name}, by [kswitch](https://pypi.org/project/kswitch/).

```sh
pip install -e '.[test]'
pytest                                            # says what to write next in {package}/backend.py
python -m kswitch.conformance {package}.backend   # everything, when the test passes
KERAS_BACKEND={package}.backend python train.py   # use it
```
"""

PACKAGE = '''\
"""The classic Keras backend API on {name}."""
'''

ADAPTER = '''\
"""K on {name}: kernels on its arrays; graph, gradients, loops and K.function come from kswitch.

The docstring of `kswitch.backends` says what each function gets and returns. First the three hooks,
without which no array can be made or looked at; with an engine like NumPy they would be

    def is_native(x):
        return isinstance(x, np.ndarray)

    def asarray(x, dtype):  # a NumPy array -> an array of the engine
        return np.array(x, dtype)

    def to_numpy(x):  # and back, a copy
        return np.array(x)

then the kernels, from which kswitch makes all others, in the order in which the test asks for them:

{kernels}

then, where the engine is quicker, any other kernel that `kswitch.backends.defaults` has.
"""

KSWITCH_ADAPTER = True

# An op, a dtype or a check of the suite that the engine cannot have -> the reason.
UNSUPPORTED: dict[str, str] = {{}}
'''

TEST = '''\
"""The conformance suite of kswitch on this backend; it stops at the first failure."""

import subprocess
import sys
from pathlib import Path


def test_conformance():
    found = subprocess.run(
        [sys.executable, "-m", "kswitch.conformance", "{package}.backend", "-x"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, f"\\n{{found.stdout[-3000:]}}\\n{{found.stderr}}"
'''


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="name of the engine, such as my_engine")


def run(options: argparse.Namespace) -> int:
    check_name(options.name)
    folder = write(options.name)
    package = f"kswitch_{options.name}"
    print(f"{folder} holds a backend without kernels: {package}/backend.py. Next:\n")
    print(f"    cd {folder}")
    print("    pip install -e '.[test]'")
    print("    pytest          # fails, and says what to write")
    return 0


def check_name(name: str) -> None:
    """Refuses what cannot name a package, or names a backend that exists.

    Raises:
        CommandError: with what would be right.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise CommandError(
            f"a backend's name is made of small letters, digits and _, and begins with a letter: "
            f"my_engine; got {name!r}."
        )
    if name in {*ENGINES, *ALIASES, *DEAD}:
        raise CommandError(f"{name} is the name of a backend that kswitch knows: choose another.")


def write(name: str) -> Path:
    """Writes all files of a new distribution; its folder, in the current one.

    Raises:
        CommandError: the folder exists, or cannot be written.
    """
    from kswitch.backends.adapter import KERNELS

    package, distribution = f"kswitch_{name}", f"kswitch-{name.replace('_', '-')}"
    folder = Path(distribution)
    names = {
        "name": name,
        "package": package,
        "distribution": distribution,
        "version": __version__,
        "kernels": _listed(KERNELS),
    }
    files = {
        "pyproject.toml": PROJECT,
        "README.md": README,
        f"{package}/__init__.py": PACKAGE,
        f"{package}/backend.py": ADAPTER,
        "tests/test_backend.py": TEST,
    }
    try:
        folder.mkdir()
        for path, text in files.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text.format(**names), encoding="utf-8")
    except FileExistsError:
        raise CommandError(f"{folder} exists: nothing was written. Move it away first.") from None
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {error.strerror or error}.") from error
    return folder


def _listed(kernels: tuple[str, ...]) -> str:
    """Six names a line, indented."""
    rows = [kernels[i : i + 6] for i in range(0, len(kernels), 6)]
    return ",\n".join(f"    {', '.join(row)}" for row in rows)
