"""Short names of backends that other distributions register."""

import json
import os
import shutil
import subprocess
import sys

import pytest

import kswitch
from kswitch import config, registered, registry

VALID = "def placeholder(): ...\ndef variable(): ...\ndef function(): ...\n"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """KERAS_HOME without a file, and a process that has loaded no backend."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(config, "_current", None)
    monkeypatch.setattr(registry, "_loaded", {})


@pytest.fixture
def install(tmp_path, monkeypatch):
    """install(distribution, name=path, ...) puts it where Python finds it; gives the folder."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)

    def install(distribution, version="1.0", **names):
        info = folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {distribution}\nVersion: {version}\n")
        lines = [f"{name} = {path}" for name, path in names.items()]
        (info / "entry_points.txt").write_text("\n".join(["[kswitch.backends]", *lines]))
        return folder

    yield install
    for name, module in list(sys.modules.items()):
        if str(folder) in str(getattr(module, "__file__", "")):
            del sys.modules[name]


def backends():
    return registered.backends(registry.OWN)


# A registered name


def test_registered_name_is_a_backend(install):
    (install("kswitch-own", own="own_backend") / "own_backend.py").write_text(VALID)
    K = kswitch.load_backend("own")
    assert (K.backend(), K._BACKEND) == ("own", "own")


def test_it_may_be_configured(install, monkeypatch):
    (install("kswitch-own", own="own_backend") / "own_backend.py").write_text(VALID)
    monkeypatch.setenv("KERAS_BACKEND", "own")
    choice = registry.resolve()
    assert registry.load(choice.name, choice.source).backend() == "own"


def test_case_of_the_name_does_not_matter(install):
    (install("kswitch-own", Own="own_backend") / "own_backend.py").write_text(VALID)
    assert kswitch.load_backend("OWN") is kswitch.load_backend(" own ")


def test_it_wins_over_a_module_of_that_name(install):
    """The engine's own package may well be called so, and is no backend."""
    folder = install("kswitch-own", own="own_backend")
    (folder / "own_backend.py").write_text(VALID)
    (folder / "own.py").write_text("raise RuntimeError('the engine')")
    assert kswitch.load_backend("own").backend() == "own"


def test_names_are_read_without_importing(install):
    (install("kswitch-own", own="own_backend") / "own_backend.py").write_text("1 / 0")
    assert backends()["own"] == ("own", "own_backend", "kswitch-own 1.0")


@pytest.mark.parametrize("name", ["numpy", "no_package.my_module"])
def test_nobody_looks_for_other_names(monkeypatch, name):
    def fail(taken):
        raise AssertionError("looked")

    monkeypatch.setattr(registered, "backends", fail)
    if name == "numpy":
        kswitch.load_backend(name)
    else:
        with pytest.raises(ImportError, match="no module no_package"):
            kswitch.load_backend(name)


def test_built_in_backend_is_loaded_without_the_list_of_what_is_installed(tmp_path):
    program = (
        "import sys, numpy; before = 'importlib.metadata' in sys.modules\n"
        "from kswitch import backend\n"
        "assert 'importlib.metadata' not in sys.modules or before"
    )
    settings = {"KERAS_BACKEND": "numpy", "KERAS_HOME": str(tmp_path)}
    subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        env={**os.environ, **settings},
        check=True,
        capture_output=True,
    )


# What can be wrong


def test_module_that_is_not_there_names_the_distribution(install):
    install("kswitch-own", own="gone")
    with pytest.raises(ImportError) as caught:
        kswitch.load_backend("own")
    assert str(caught.value).startswith(
        "load_backend('own') (kswitch-own 1.0 registers it as gone): there is no module gone."
    )


def test_module_that_is_no_backend_names_the_distribution(install):
    (install("kswitch-own", own="own_backend") / "own_backend.py").write_text("")
    with pytest.raises(ValueError, match=r"kswitch-own 1\.0 registers it as own_backend.*Invalid"):
        kswitch.load_backend("own")


def test_two_distributions_with_one_name_are_both_named(install):
    install("kswitch-one", own="one.backend")
    install("kswitch-two", "2.0", Own="two.backend")
    with pytest.raises(ValueError, match="two distributions") as caught:
        kswitch.load_backend("own")
    text = str(caught.value)
    assert text.startswith("load_backend('own'): two distributions have a backend 'own': ")
    for words in ("kswitch-one 1.0 (one.backend)", "kswitch-two 2.0 (two.backend)", "Uninstall "):
        assert words in text


@pytest.mark.parametrize("name", ["torch", "PyTorch", "theano"])
def test_name_of_our_own_is_refused(install, name):
    install("kswitch-own", **{name: "own.backend"})
    with pytest.raises(ValueError, match="two distributions") as caught:
        backends()
    assert str(caught.value) == (
        f"two distributions have a backend {name.lower()!r}: kswitch {kswitch.__version__} "
        "(built in) and kswitch-own 1.0 (own.backend). Uninstall kswitch-own."
    )


@pytest.mark.parametrize(
    ("name", "path"), [("own", "own.backend:K"), ("my.own", "own.backend"), ("own", "own backend")]
)
def test_entry_that_is_no_name_and_path_names_the_distribution(install, name, path):
    install("kswitch-own", **{name: path})
    with pytest.raises(ValueError, match=r"kswitch-own 1\.0 registers .* must be a name without"):
        backends()


def test_distribution_that_is_found_twice_is_one(install, tmp_path, monkeypatch):
    folder = install("kswitch-own", own="own.backend")
    again = tmp_path / "again"
    shutil.copytree(folder, again)
    monkeypatch.syspath_prepend(again)
    assert backends()["own"].path == "own.backend"


def test_misspelt_name_is_guessed(install):
    install("kswitch-own", owned="own.backend")
    with pytest.raises(ValueError, match=r"Did you mean 'owned'.*'numpy' or 'owned', or the path"):
        kswitch.load_backend("ownde")


# The command line


def info(folder, *options):
    return subprocess.run(
        [sys.executable, "-P", "-m", "kswitch", "info", *options],
        cwd=folder,
        env={
            **os.environ,
            "KERAS_BACKEND": "numpy",
            "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]),
        },
        capture_output=True,
        text=True,
    )


def test_info_lists_registered_names(install):
    folder = install("kswitch-own", own="own.backend")
    facts = json.loads(info(folder, "--json").stdout)
    assert facts["registered"] == {
        "own": {"module": "own.backend", "distribution": "kswitch-own 1.0"}
    }
    assert "own.backend" in info(folder).stdout


def test_info_names_both_of_a_clash(install):
    run = info(install("kswitch-own", torch="own.backend"))
    assert run.returncode == 2
    assert "kswitch: two distributions have a backend 'torch': kswitch " in run.stderr
    assert "kswitch-own 1.0" in run.stderr
