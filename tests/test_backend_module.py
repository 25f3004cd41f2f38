"""`from kswitch import backend as K`, each time in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXTERNAL = "sample_external.backend"
ENGINES = ("numpy", "tensorflow", "torch", "jax")


@pytest.fixture
def home(tmp_path):
    """The home of the process."""
    return tmp_path


@pytest.fixture
def python(home):
    """Runs code; returns what it printed. KERAS_BACKEND is the sample, or as given; None: unset."""

    def python(code, backend=EXTERNAL, fails=False):
        environment = {key: value for key, value in os.environ.items() if "KERAS" not in key}
        environment |= {
            "HOME": str(home),
            "USERPROFILE": str(home),
            "PYTHONPATH": str(Path(__file__).parent),
            "PYTHONSAFEPATH": "1",
        }
        if backend is not None:
            environment["KERAS_BACKEND"] = backend
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True
        )
        assert (done.returncode != 0) == fails, done.stderr
        return done

    return python


def names_in_file(home, name):
    (home / ".keras").mkdir()
    (home / ".keras" / "keras.json").write_text(json.dumps({"backend": name}))


# The line on stderr


@pytest.mark.parametrize(
    ("backend", "line"),
    [(EXTERNAL, "Using sample_external.backend backend.\n"), ("NumPy", "Using NumPy backend.\n")],
)
def test_backend_is_named_on_stderr(python, backend, line):
    assert python("from kswitch import backend", backend).stderr == line


def test_nothing_goes_to_stdout(python):
    assert python("from kswitch import backend").stdout == ""


def test_backend_is_named_once(python):
    code = (
        "from kswitch import backend as K, load_backend\n"
        "import kswitch.backend, importlib\n"
        "importlib.reload(K)\n"
        "load_backend('sample_external.backend'), load_backend('sample_external.tensor_backend')"
    )
    done = python(code, fails=True)
    assert done.stderr.count("Using ") == 1


def test_load_backend_says_nothing(python):
    assert python(f"import kswitch; kswitch.load_backend('{EXTERNAL}')").stderr == ""


def test_backend_that_fails_is_not_named(python):
    done = python("from kswitch import backend", "my_package.my_module", fails=True)
    assert "Using" not in done.stderr


# The choice


def test_file_names_the_backend(python, home):
    names_in_file(home, EXTERNAL)
    done = python("from kswitch import backend as K; print(K.backend())", backend=None)
    assert (done.stdout, done.stderr) == (f"{EXTERNAL}\n", f"Using {EXTERNAL} backend.\n")


@pytest.mark.parametrize("name", ["theano", "my_package.my_module", "no JSON: \\"])
def test_environment_wins_over_the_file(python, home, name):
    names_in_file(home, name)
    assert python("from kswitch import backend as K; print(K.backend())").stdout == f"{EXTERNAL}\n"


def test_first_run_writes_the_default_file(python, home):
    python("from kswitch import backend")
    written = json.loads((home / ".keras" / "keras.json").read_text())
    assert list(written) == ["image_data_format", "epsilon", "floatx", "backend"]


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        ("tensorfow", "ValueError: KERAS_BACKEND=tensorfow is no backend. Did you mean"),
        ("theano", "ValueError: KERAS_BACKEND=theano: Theano is no longer developed"),
        ("my.module", "ImportError: KERAS_BACKEND=my.module: there is no module my."),
        ("sample_external", "ValueError: KERAS_BACKEND=sample_external: Invalid backend."),
    ],
)
def test_error_says_that_the_name_is_from_the_environment(python, backend, words):
    assert words in python("from kswitch import backend", backend, fails=True).stderr


def test_error_says_that_the_name_is_from_the_file(python, home):
    names_in_file(home, "tensorfow")
    done = python("from kswitch import backend", backend=None, fails=True)
    assert f"ValueError: backend 'tensorfow' in {home / '.keras' / 'keras.json'} is" in done.stderr


# The module


def test_functions_are_plain_attributes(python):
    code = (
        "from kswitch import backend as K, load_backend\n"
        f"other = load_backend('{EXTERNAL}')\n"
        "print(all(vars(K)[name] is vars(other)[name] for name in other.__all__))"
    )
    assert python(code).stdout == "True\n"


@pytest.mark.parametrize("backend", [EXTERNAL, "numpy"])
def test_public_names_are_those_of_the_namespace(python, backend):
    code = (
        "from kswitch import backend as K\n"
        "public = {name for name in vars(K) if not name.startswith('_')}\n"
        "print(public ^ set(K.__all__))"
    )
    assert python(code, backend).stdout == "set()\n"


def test_star_import_gives_the_functions(python):
    code = "from kswitch.backend import *\nprint(backend(), dot.__module__)"
    assert python(code).stdout == f"{EXTERNAL} {EXTERNAL}\n"


@pytest.mark.parametrize("backend", [EXTERNAL, "numpy"])
def test_name_of_the_backend(python, backend):
    code = "from kswitch import backend as K; print(K.backend(), K._BACKEND)"
    assert python(code, backend).stdout == f"{backend} {backend}\n"


def test_missing_op_raises_when_it_is_used(python):
    done = python("from kswitch import backend as K; K.ctc_decode", fails=True)
    assert "AttributeError: backend 'sample_external.backend' has no op ctc_decode" in done.stderr


@pytest.mark.parametrize("backend", [EXTERNAL, "numpy"])
def test_name_outside_the_api_is_the_usual_error(python, backend):
    done = python("from kswitch import backend as K; K.no_such_op", backend, fails=True)
    assert "has no attribute 'no_such_op'" in done.stderr


def test_reload_changes_nothing(python):
    code = (
        "import importlib, os\n"
        "from kswitch import backend as K\n"
        "os.environ['KERAS_BACKEND'] = 'numpy'\n"
        "print(importlib.reload(K).backend())"
    )
    assert python(code).stdout == f"{EXTERNAL}\n"


def test_second_backend_stands_beside_the_first(python):
    code = (
        "import kswitch\n"
        "from kswitch import backend as K\n"
        "print(kswitch.load_backend('numpy').backend(), K.backend())"
    )
    assert python(code).stdout == f"numpy {EXTERNAL}\n"


def test_settings_are_shared_by_all_backends(python):
    code = (
        "import kswitch\n"
        "from kswitch import backend as K\n"
        "K.set_floatx('float64')\n"
        "print(kswitch.load_backend('numpy').floatx())"
    )
    assert python(code).stdout == "float64\n"


# What is imported


@pytest.mark.parametrize("backend", [EXTERNAL, "numpy"])
def test_no_other_engine_is_imported(python, backend):
    code = (
        "import sys; from kswitch import backend\n"
        f"print([name for name in {ENGINES} if name in sys.modules])"
    )
    assert python(code, backend).stdout == "['numpy']\n"


@pytest.mark.parametrize("name", [*ENGINES, "json", "typing", "kswitch.config", "kswitch.ops"])
def test_import_kswitch_does_not_import(python, name):
    code = f"import sys; before = '{name}' in sys.modules; import kswitch\n"
    assert python(code + f"print(before or '{name}' not in sys.modules)").stdout == "True\n"


def test_import_kswitch_takes_less_than_half_of_numpy(python):
    code = (
        "from time import perf_counter as now\n"
        "t0 = now(); import kswitch; t1 = now(); import numpy; t2 = now()\n"
        "print(2 * (t1 - t0) < t2 - t1)"
    )
    assert python(code).stdout == "True\n"


def test_type_checkers_see_every_module_of_ops(python):
    code = (
        "import re\n"
        "from pathlib import Path\n"
        "from kswitch import declare, ops, registry\n"
        "rules = [getattr(x, 'rule', None) or x.function for x in declare.OPS.values()]\n"
        "text = Path(registry.__file__).with_name('backend.py').read_text()\n"
        "imported = re.findall(r'from (kswitch\\.ops\\.\\w+) import \\*', text)\n"
        "print({rule.__module__ for rule in rules} ^ set(imported))"
    )
    assert python(code).stdout == "set()\n"
