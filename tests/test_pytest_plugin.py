"""The pytest plugin for users' own tests."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def run(tmp_path):
    """run(text, *options, **environment) runs pytest on a test module; numpy is configured.

    The plugin is named on the command line, and no other is loaded, installed or not.
    """

    def run(text, *options, **environment):
        (tmp_path / "test_own.py").write_text("import pytest\n" + text)
        (tmp_path / "own_backend.py").write_text(
            "def placeholder(): ...\ndef variable(): ...\ndef function(): ...\n"
        )
        settings = {
            "KERAS_HOME": str(tmp_path / "keras"),
            "KERAS_BACKEND": "numpy",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]),
            **environment,
        }
        command = [sys.executable, "-P", "-m", "pytest", "-p", "kswitch.pytest_plugin", "-rA"]
        return subprocess.run(
            [*command, "--strict-markers", "-p", "no:cacheprovider", *options],
            cwd=tmp_path,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
        )

    return run


def counted(result):
    """The words of pytest's last line, without the time."""
    return result.stdout.splitlines()[-1].strip("= ").rpartition(" in ")[0]


ASKS = "def test_name(K):\n    assert K.backend() == 'numpy'\n"


# Which backend


def test_without_the_option_it_is_the_configured_one(run):
    result = run(ASKS)
    assert counted(result) == "1 passed", result.stdout
    assert "PASSED test_own.py::test_name\n" in result.stdout


def test_option_names_the_backend(run):
    result = run(ASKS, "--kswitch-backend=numpy", KERAS_BACKEND="own_backend")
    assert counted(result) == "1 passed", result.stdout
    assert "PASSED test_own.py::test_name[numpy]" in result.stdout


def test_option_may_be_repeated(run):
    result = run(
        "def test_name(K, kswitch_backend):\n    assert K.backend() == kswitch_backend\n",
        "--kswitch-backend=NumPy",
        "--kswitch-backend=own_backend",
        "--kswitch-backend=numpy",
    )
    assert counted(result) == "2 passed", result.stdout
    assert "[numpy]" in result.stdout
    assert "[own_backend]" in result.stdout


def test_parameters_of_the_test_are_kept(run):
    text = "@pytest.mark.parametrize('n', [1, 2])\ndef test_n(K, n): ...\n"
    result = run(text, "--kswitch-backend=numpy", "--kswitch-backend=own_backend")
    assert counted(result) == "4 passed", result.stdout


def test_tests_without_K_run_once(run):
    result = run("def test_plain(): ...\n", *["--kswitch-backend=numpy"] * 2)
    assert counted(result) == "1 passed"


def test_own_fixture_of_that_name_wins(run):
    text = "@pytest.fixture\ndef K():\n    return 3\n\n\ndef test_own(K):\n    assert K == 3\n"
    assert counted(run(text, "--kswitch-backend=numpy")) == "1 passed"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("numpi", "--kswitch-backend=numpi is no backend. Did you mean 'numpy'?"),
        ("theano", "--kswitch-backend=theano: Theano is no longer developed"),
        ("own..backend", "--kswitch-backend=own..backend is no backend."),
    ],
)
def test_unknown_backend_is_an_error_before_the_run(run, name, text):
    result = run(ASKS, f"--kswitch-backend={name}")
    assert result.returncode == 4
    assert f"ERROR: {text}" in result.stderr


def test_engine_that_is_not_installed_is_an_error_before_the_run(monkeypatch):
    from kswitch import pytest_plugin, registry

    monkeypatch.setattr(registry, "installed", lambda package: False)
    with pytest.raises(pytest.UsageError, match=r"x needs jax: pip install 'kswitch\[jax\]'\."):
        pytest_plugin.installed("jax", "x")


def test_bad_configuration_is_an_error_and_no_traceback(run, tmp_path):
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "keras.json").write_text("[]")
    result = run("@pytest.mark.skip_backend('jax', 'x')\ndef test_x(): ...\n")
    assert result.returncode == 4
    assert "must hold a JSON object" in result.stderr
    assert "INTERNALERROR" not in result.stdout + result.stderr


# What a test leaves behind


def test_settings_are_set_back(run):
    text = (
        "def test_one(K):\n    K.set_floatx('float64')\n    K.set_epsilon(0.5)\n"
        "    K.set_image_data_format('channels_first')\n    K.set_learning_phase(1)\n\n\n"
        "def test_two(K):\n    assert K.floatx() == 'float32'\n    assert K.epsilon() == 1e-7\n"
        "    assert K.image_data_format() == 'channels_last'\n"
        "    assert K.learning_phase() != 1\n"
    )
    assert counted(run(text)) == "2 passed"


# Markers

MARKED = "@pytest.mark.{}_backend({})\ndef test_marked(K):\n    assert False\n"


def test_test_is_skipped_on_the_named_backend(run):
    result = run(MARKED.format("skip", "'numpy', 'no time'"))
    assert counted(result) == "1 skipped"
    assert "numpy: no time" in result.stdout


def test_test_may_fail_on_the_named_backend(run):
    result = run(MARKED.format("xfail", "'numpy', 'upstream 12'"))
    assert counted(result) == "1 xfailed"
    assert "numpy: upstream 12" in result.stdout


def test_pass_that_was_not_expected_is_pytests_matter(run):
    text = "@pytest.mark.xfail_backend('numpy', 'x')\ndef test_fine(K): ...\n"
    assert counted(run(text)) == "1 xpassed"
    assert counted(run(text, "-o", "xfail_strict=true")) == "1 failed"


@pytest.mark.parametrize("kind", ["skip", "xfail"])
def test_other_backends_are_not_touched(run, kind):
    assert counted(run(MARKED.format(kind, "'torch', 'no time'"))) == "1 failed"


def test_each_backend_has_its_own_marks(run):
    text = (
        "@pytest.mark.skip_backend('own_backend', 'no time')\n"
        "@pytest.mark.xfail_backend('NumPy', reason='upstream 12')\n"
        "def test_marked(K):\n    assert False\n"
    )
    result = run(text, "--kswitch-backend=numpy", "--kswitch-backend=own_backend")
    assert counted(result) == "1 skipped, 1 xfailed", result.stdout


def test_marks_hold_for_tests_that_import_K(run):
    text = MARKED.format("skip", "'numpy', 'no time'").replace("(K)", "()")
    assert counted(run(text)) == "1 skipped"


@pytest.mark.parametrize("kind", ["skip", "xfail"])
@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("'tensorfow', 'x'", "('tensorfow') is no backend. Did you mean 'tensorflow'?"),
        ("'numpy'", " needs a name and a reason: @pytest.mark."),
        ("'numpy', ' '", " needs a name and a reason: @pytest.mark."),
        ("'numpy', 'x', 'y'", " needs a name and a reason: @pytest.mark."),
        ("", " needs a name and a reason: @pytest.mark."),
        ("3, 'x'", " needs a name and a reason: @pytest.mark."),
    ],
)
def test_bad_marker_names_the_test(run, kind, arguments, text):
    result = run(MARKED.format(kind, arguments))
    assert result.returncode == 4
    assert f"test_own.py::test_marked: {kind}_backend{text}" in result.stderr


# What it costs


def test_it_brings_no_engine_and_nothing_of_kswitch_before_a_test_asks():
    program = (
        "import sys, pytest; before = set(sys.modules)\n"
        "import kswitch.pytest_plugin\n"
        "print(*set(sys.modules) - before)"
    )
    found = subprocess.run(
        [sys.executable, "-P", "-c", program], check=True, capture_output=True, text=True
    )
    assert set(found.stdout.split()) == {"kswitch", "kswitch.pytest_plugin"}


def test_run_without_K_imports_no_engine(run):
    text = "import sys\ndef test_plain():\n    assert 'numpy' not in sys.modules\n"
    assert counted(run(text)) == "1 passed"


def test_pytest_finds_it_where_kswitch_is_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"kswitch": "kswitch.pytest_plugin"}


def test_conformance_does_not_load_it():
    from kswitch.conformance.__main__ import settings

    given = settings("numpy", [])
    assert given[given.index("no:kswitch") - 1] == "-p"
