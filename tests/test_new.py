"""kswitch new: a skeleton whose first failing test names what to write next."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from kswitch.backends import adapter

from kswitch.__main__ import main
from kswitch.commands import new

SAMPLE = Path(__file__).parent / "sample_adapter" / "backend.py"


@pytest.fixture
def folder(tmp_path, monkeypatch, capsys):
    """The skeleton of my_engine, as the command writes it."""
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my_engine"]) == 0
    return tmp_path / "kswitch-my-engine"


def run_test(folder):
    """What the skeleton's own test says: exit status and output."""
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(folder), *sys.path]),
            "KERAS_HOME": str(folder),
        },
        capture_output=True,
        text=True,
    )
    return found.returncode, found.stdout + found.stderr


def sample(until):
    """The text of the sample adapter as far as a heading."""
    return SAMPLE.read_text().partition(f"# {until}\n")[0]


def test_files(folder):
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {
        "pyproject.toml",
        "README.md",
        "kswitch_my_engine/__init__.py",
        "kswitch_my_engine/backend.py",
        "tests/test_backend.py",
    }


def test_next_steps_are_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    main(["new", "my_engine"])
    assert (
        "cd kswitch-my-engine\n    pip install -e '.[test]'\n    pytest" in capsys.readouterr().out
    )


def test_entry_point_is_registered(folder):
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["kswitch.backends"] == {"my_engine": "kswitch_my_engine.backend"}
    assert project["name"] == "kswitch-my-engine"


def test_backend_lists_the_kernels(folder):
    text = (folder / "kswitch_my_engine" / "backend.py").read_text()
    assert all(re.search(rf"^    .*\b{name}\b", text, re.MULTILINE) for name in adapter.KERNELS)


def test_first_failure_names_the_hooks(folder):
    status, output = run_test(folder)
    assert status == 1
    assert "Missing required hooks: is_native(x), asarray(x, dtype), to_numpy(x)" in output


def test_next_failure_names_a_kernel(folder):
    (folder / "kswitch_my_engine" / "backend.py").write_text(sample("Element-wise"))
    status, output = run_test(folder)
    found = re.search(r"backend 'kswitch_my_engine.backend' has no op (\w+): its adapter", output)
    assert (status, found[1] in adapter.KERNELS) == (1, True)


def test_name_of_a_folder_that_exists_is_refused(folder, capsys):
    (folder / "README.md").write_text("mine")
    assert main(["new", "my_engine"]) == 2
    assert "kswitch-my-engine exists: nothing was written." in capsys.readouterr().err
    assert (folder / "README.md").read_text() == "mine"


@pytest.mark.parametrize("name", ["My", "1st", "a-b", "a.b", "class", "", "ä"])
def test_bad_name_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(new.CommandError, match="made of small letters, digits and _"):
        new.check_name(name)


@pytest.mark.parametrize("name", ["torch", "pytorch", "numpy", "theano"])
def test_name_of_a_known_backend_is_refused(name):
    with pytest.raises(new.CommandError, match=f"{name} is the name of a backend that kswitch"):
        new.check_name(name)


def test_folder_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(new.CommandError, match="cannot be written: No space left"):
        new.write("my_engine")


def refuse(*args, **kwargs):
    raise OSError(28, "No space left on device")
