"""The package as it is shipped: what is listed, what is inside, and how light its import is."""

import json
import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS = PROJECT["tool"]["setuptools"]
TOP_LEVEL = {"pyproject.toml", "README.md", "LICENSE", "tox.ini"} | {
    "kswitch",
    "backends",
    "conformance",
    "tests",
}
BUILD_OUTPUTS = {"build", "dist", "kswitch.egg-info"}
ENGINES = {"numpy", "tensorflow", "torch", "jax", "keras"}


def python(program, *options):
    """What a fresh interpreter prints, outside the checkout."""
    command = [sys.executable, "-P", *options, "-c", program]
    return subprocess.run(command, cwd="/", check=True, capture_output=True, text=True)


def folders_of_modules():
    """Package names, as pyproject.toml maps them, of all folders that hold Python files."""
    shipped = {
        folder.relative_to(ROOT).parts
        for top in ("kswitch", "backends", "conformance")
        for folder in [ROOT / top, *(ROOT / top).rglob("*/")]
        if any(folder.glob("*.py"))
    }
    return {".".join(parts if parts[0] == "kswitch" else ("kswitch", *parts)) for parts in shipped}


def test_packages_are_those_on_disk():
    assert set(SETUPTOOLS["packages"]) == folders_of_modules()


def test_no_package_is_listed_twice():
    assert len(SETUPTOOLS["packages"]) == len(set(SETUPTOOLS["packages"]))


def test_every_mapped_folder_is_a_listed_package():
    assert set(SETUPTOOLS["package-dir"]) <= set(SETUPTOOLS["packages"])


def test_top_level_names_are_fixed():
    names = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert names - BUILD_OUTPUTS == TOP_LEVEL


@pytest.mark.parametrize("name", ["conftest.py", "tests/__init__.py"])
def test_nothing_lets_the_checkout_shadow_the_installed_package(name):
    assert not (ROOT / name).exists()


def test_required_dependencies_are_numpy_and_the_terminal():
    required = {requirement.split(">")[0] for requirement in PROJECT["project"]["dependencies"]}
    assert required == {"numpy", "rich"}


def test_every_engine_has_an_extra():
    engines = {"tensorflow", "torch", "jax"}
    extras = set(PROJECT["project"]["optional-dependencies"])
    assert extras == engines | {"all", "test", "keras2", "migrate", "bench"}


def test_the_installed_version_is_that_of_the_package():
    printed = python("import kswitch; print(kswitch.__version__)").stdout.strip()
    assert distribution("kswitch").version == printed


def test_only_kswitch_reaches_site_packages():
    installed = distribution("kswitch")
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):
        pytest.skip("an editable install has no files of its own: needs an installed wheel")
    tops = {file.parts[0] for file in installed.files if file.parts[0] != ".."}
    assert tops == {"kswitch", f"kswitch-{installed.version}.dist-info"}


@pytest.mark.parametrize("name", ["digits.npz", "digits.txt"])
def test_data_is_installed_and_small(name):
    assert 0 < len((files("kswitch.data") / name).read_bytes()) < 100_000


@pytest.mark.parametrize("words", ["E. Alpaydin and C. Kaynak", "10.24432/C50P49", "CC BY 4.0"])
@pytest.mark.parametrize("place", ["kswitch/data/digits.txt", "README.md"])
def test_digits_are_attributed(place, words):
    assert words in (ROOT / place).read_text()


def test_package_is_typed():
    assert (files("kswitch") / "py.typed").is_file()


@pytest.mark.parametrize("module", ["kswitch", "kswitch.__main__"])
def test_import_brings_no_engine(module):
    program = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    assert not ENGINES & set(python(program).stdout.split())


def test_import_takes_less_than_half_of_numpys():
    def microseconds(module):
        times = python(f"import {module}", "-X", "importtime").stderr.splitlines()
        return int(next(line for line in times if line.endswith(f"| {module}")).split("|")[1])

    # The best of several: whatever else the machine does can only add.
    ours, numpys = (min(microseconds(name) for _ in range(5)) for name in ("kswitch", "numpy"))
    assert ours < numpys / 2


def test_continuous_integration_runs_the_command_of_the_readme():
    command = (ROOT / "README.md").read_text().split("```sh\n")[2].split("\n```")[0]
    assert command.endswith("tox")
    assert f"\n{command}\n" in (ROOT / ".ci" / "run").read_text()
