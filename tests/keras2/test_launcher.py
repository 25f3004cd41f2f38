"""python -m kswitch.keras2, and `import kswitch.keras2`, each in a process of its own."""

import os
import textwrap

import pytest

from kswitch import registry
from kswitch.keras2 import startup

LAUNCHER = ("-m", "kswitch.keras2")


@pytest.fixture
def program(tmp_path):
    """Writes a program and gives its path."""

    def write(text, name="program.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    return write


def test_program_runs_on_the_engine(run, program, engine):
    path = program("import keras; print(keras.backend.int_shape(keras.backend.zeros((2, 3))))")
    done = run(*LAUNCHER, path)
    assert (done.returncode, done.stdout) == (0, "(2, 3)\n"), done.stderr
    name = "kswitch.keras2.on_tensorflow" if engine == "tensorflow" else engine
    assert f"Using {name} backend." in done.stderr


def test_program_gets_its_arguments_and_is_main(run, program):
    path = program("import sys; print(__name__, sys.argv[1:], __file__ == sys.argv[0])")
    done = run(*LAUNCHER, path, "--epochs", "3")
    assert done.stdout == "__main__ ['--epochs', '3'] True\n", done.stderr


def test_program_finds_modules_beside_it(run, program):
    program("VALUE = 7", "beside.py")
    done = run(*LAUNCHER, program("import beside; print(beside.VALUE)"))
    assert done.stdout == "7\n", done.stderr


def test_exit_status_of_the_program_is_passed_on(run, program):
    assert run(*LAUNCHER, program("import sys; sys.exit(5)")).returncode == 5


def test_module_runs(run, program, tmp_path):
    program("import sys; print(__name__, sys.argv[1:])", "mine.py")
    done = run(*LAUNCHER, "-m", "mine", "--x", path=tmp_path)
    assert done.stdout == "__main__ ['--x']\n", done.stderr


def test_first_line_does_the_same(run):
    done = run(
        "-c", "import kswitch.keras2, keras; print(keras.backend.eval(keras.backend.ones(2)))"
    )
    assert done.stdout == "[1. 1.]\n", done.stderr


def test_k_of_kswitch_is_that_of_keras(run):
    text = """
        import kswitch.keras2
        from kswitch import backend as ours
        from keras import backend as K
        K.set_floatx("float64")
        assert ours.floatx() == "float64" and K.dtype(ours.zeros(2)) == "float64"
        assert K.eval(ours.ones((2,)) + K.ones((2,))).tolist() == [2, 2]
        ours.set_epsilon(1e-3)
        assert K.epsilon() == 1e-3
    """
    done = run("-c", textwrap.dedent(text))
    assert done.returncode == 0, done.stderr


def test_spawned_processes_have_it_too(run, program):
    path = program(
        """
        import multiprocessing
        import numpy as np

        def predict(weights):
            from keras.layers import Dense
            from keras.models import Sequential
            model = Sequential([Dense(2, input_shape=(3,), use_bias=False)])
            model.set_weights([weights])
            return model.predict(np.ones((1, 3)))

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(predict, [np.ones((3, 2))])[0].tolist())
        """
    )
    done = run(*LAUNCHER, path)
    assert done.stdout == "[[3.0, 3.0]]\n", done.stderr


def test_import_of_keras_that_failed_is_forgotten(run, program, tmp_path, engine):
    program("placeholder = variable = function = print", "mine.py")
    text = f"""
        import os
        try:
            import keras
        except ImportError:
            os.environ["KERAS_BACKEND"] = "{engine}"
        import kswitch.keras2
        import keras
        print(keras.backend.eval(keras.backend.ones(2)))
    """
    done = run("-c", textwrap.dedent(text), path=tmp_path, backend="mine")
    assert done.stdout == "[1. 1.]\n", done.stderr


@pytest.mark.skipif(
    not os.environ["KERAS_BACKEND"].endswith("tensorflow"), reason="needs TensorFlow"
)
def test_tensorflow_may_be_imported_first(run):
    text = """
        import tensorflow
        import kswitch.keras2
        from keras import backend as K
        print(K.eval(K.ones(2)))
    """
    done = run("-c", textwrap.dedent(text))
    assert done.stdout == "[1. 1.]\n", done.stderr


def test_backend_of_a_stranger_is_left_to_keras(run, tmp_path, program):
    program("placeholder = variable = function = print", "mine.py")
    text = "import os, kswitch.keras2; print(os.environ['KERAS_BACKEND'])"
    done = run("-c", text, path=tmp_path, backend="mine")
    assert done.stdout == "mine\n", done.stderr


# What can be wrong


def test_without_a_program_it_says_how_it_is_called(run):
    done = run(*LAUNCHER)
    assert done.returncode == 2
    assert "usage: python -m kswitch.keras2 program.py" in done.stdout


def test_help_is_printed(run):
    done = run(*LAUNCHER, "--help")
    assert done.returncode == 0
    assert "KERAS_BACKEND=torch python -m kswitch.keras2 train.py" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--fast"], "got '--fast'"), (["-m"], "-m needs the name of a module")],
)
def test_wrong_option_is_named(run, arguments, message):
    done = run(*LAUNCHER, *arguments)
    assert (done.returncode, message in done.stderr) == (2, True)


VERSIONS = [
    ("", "is Keras 3, which has backends of its own"),
    ("__version__ = '3.0.0'", "is Keras 3, which has backends of its own"),
    ("__version__ = '2.1.2'", "Keras 2.1.2 is installed, which takes no backend from outside"),
]


@pytest.mark.parametrize(("text", "message"), VERSIONS)
def test_other_keras_is_named(run, program, tmp_path, text, message):
    program(text, "keras/__init__.py")
    done = run(*LAUNCHER, program("print()"), path=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "pip install --no-deps keras==2.3.1" in done.stderr


def test_dead_backend_is_named(run, program):
    done = run(*LAUNCHER, program("print()"), backend="theano")
    assert (done.returncode, "Theano is no longer developed" in done.stderr) == (2, True)


def test_keras_must_not_be_imported_before(run, program, tmp_path):
    program("__version__ = '2.3.1'", "keras/__init__.py")
    done = run("-c", "import keras, kswitch.keras2", path=tmp_path)
    assert "ImportError: keras was imported before kswitch.keras2" in done.stderr


def test_k_must_not_be_imported_before(run, engine):
    done = run("-c", "from kswitch import backend; import kswitch.keras2")
    message = f"ImportError: K of {engine} was loaded before kswitch.keras2, and computes at once"
    assert (done.returncode, message in done.stderr) == (1, True), done.stderr


def test_missing_keras_is_an_error(monkeypatch):
    monkeypatch.delitem(startup.sys.modules, "keras")
    monkeypatch.setattr(startup.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ImportError, match=r"Keras 2 is not installed: pip install .*keras==2\.3\.1"
    ):
        startup.keras_version()


def test_missing_requirement_is_named(monkeypatch):
    monkeypatch.setattr(registry, "installed", lambda name: name != "yaml")
    with pytest.raises(ImportError, match=r"needs yaml: pip install 'kswitch\[keras2\]'"):
        startup.keras_version()


def test_missing_engine_is_named(monkeypatch):
    monkeypatch.setattr(registry, "installed", lambda name: name != "jax")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(
        ImportError, match=r"KERAS_BACKEND=jax needs jax: pip install 'kswitch\[jax"
    ):
        startup.start()
