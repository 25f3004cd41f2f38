"""Which backend is chosen, and what every backend error says."""

import importlib.util
import json
import logging
import sys
from pathlib import Path
from types import ModuleType

import pytest

import kswitch
from kswitch import config, registry

VALID = "def placeholder(): ...\ndef variable(): ...\ndef function(): ...\n"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """KERAS_HOME with a keras.json that sets nothing, and a process that has loaded no backend."""
    folder = tmp_path / "keras"
    folder.mkdir()
    (folder / "keras.json").write_text("{}")
    monkeypatch.setenv("KERAS_HOME", str(folder))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(config, "_current", None)
    monkeypatch.setattr(registry, "_loaded", {})
    return folder


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes modules that can be imported until the test is over."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = dict(sys.modules)

    def module(path, text=""):
        file = folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        importlib.invalidate_caches()

    yield module
    for name in set(sys.modules) - set(before):
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def names_in_file(home, name):
    (home / "keras.json").write_text(json.dumps({"backend": name}))


# Which backend


def test_environment_wins_over_the_file(home, monkeypatch):
    names_in_file(home, "torch")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    choice = registry.resolve()
    assert (choice.name, choice.origin) == ("jax", "KERAS_BACKEND")


@pytest.mark.parametrize("blank", ["", "  "])
def test_empty_environment_variable_counts_as_none(home, monkeypatch, blank):
    names_in_file(home, "torch")
    monkeypatch.setenv("KERAS_BACKEND", blank)
    assert registry.resolve().name == "torch"


def test_file_wins_over_the_default(home):
    names_in_file(home, "my_package.my_module")
    choice = registry.resolve()
    assert (choice.name, choice.origin) == ("my_package.my_module", str(home / "keras.json"))


def test_default_says_that_it_is_one():
    origin = registry.resolve().origin
    assert origin == "the default: the first installed of tensorflow, torch, jax, else numpy"


@pytest.mark.parametrize(
    ("present", "name"),
    [
        ({"numpy", "jax", "torch", "tensorflow"}, "tensorflow"),
        ({"numpy", "jax", "torch"}, "torch"),
        ({"numpy", "jax"}, "jax"),
        ({"numpy"}, "numpy"),
    ],
)
def test_default_is_the_first_engine_that_is_installed(monkeypatch, present, name):
    monkeypatch.setattr(registry, "installed", present.__contains__)
    assert registry.resolve().name == name


def test_bad_file_is_an_error_even_where_the_environment_wins(home, monkeypatch):
    (home / "keras.json").write_text("[]")
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    with pytest.raises(ValueError, match="must hold a JSON object"):
        registry.resolve()


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("tensorflow", "tensorflow"),
        ("TensorFlow", "tensorflow"),
        (" Torch ", "torch"),
        ("pytorch", "torch"),
        ("PyTorch", "torch"),
        ("JAX", "jax"),
        ("NumPy", "numpy"),
        ("my_package.My_Module", "my_package.My_Module"),
        (" my_package.my_module\n", "my_package.my_module"),
    ],
)
def test_name_has_one_spelling(monkeypatch, name, canonical):
    monkeypatch.setenv("KERAS_BACKEND", name)
    assert registry.resolve().name == canonical


@pytest.mark.parametrize(
    ("name", "display"),
    [
        ("tensorflow", "TensorFlow"),
        ("torch", "PyTorch"),
        ("jax", "JAX"),
        ("numpy", "NumPy"),
        ("my_package.my_module", "my_package.my_module"),
    ],
)
def test_display_name(name, display):
    assert registry.display(name) == display


# Installed


def test_engine_is_found_without_importing_it(module):
    module("an_engine/__init__.py", "raise RuntimeError('imported')")
    assert registry.installed("an_engine")


def test_imported_engine_is_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "an_engine", ModuleType("an_engine"))
    assert registry.installed("an_engine")


def test_package_that_is_nowhere_is_not_installed():
    assert not registry.installed("an_engine")


def test_blocked_package_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "an_engine", None)
    assert not registry.installed("an_engine")


def test_bare_folder_is_no_engine(module):
    module("an_engine/notes.txt")
    assert not registry.installed("an_engine")


# The words that give a name

SOURCES = ["environment", "file", "call"]


@pytest.fixture(params=SOURCES)
def ask(request, home, monkeypatch):
    """Loads a backend by each of the three ways; returns the words that errors begin with."""

    def environment(name):
        monkeypatch.setenv("KERAS_BACKEND", name)
        choice = registry.resolve()
        return f"KERAS_BACKEND={name}", lambda: registry.load(choice.name, choice.source)

    def file(name):
        names_in_file(home, name)
        choice = registry.resolve()
        source = f"backend {name!r} in {home / 'keras.json'}"
        return source, lambda: registry.load(choice.name, choice.source)

    def call(name):
        return f"load_backend({name!r})", lambda: kswitch.load_backend(name)

    return {"environment": environment, "file": file, "call": call}[request.param]


@pytest.fixture
def error_of(ask):
    """The error of loading a name, without the words that gave it."""

    def error_of(name, kind):
        source, load = ask(name)
        with pytest.raises(kind) as caught:
            load()
        assert type(caught.value) is kind
        assert str(caught.value).startswith(source)
        return str(caught.value).removeprefix(source)

    return error_of


# Names that are none

NAMES = (
    "Use 'tensorflow', 'torch', 'jax' or 'numpy', or the path of a module of your own, such as "
    "'my_package.my_module'."
)


def test_unknown_name_lists_the_names_there_are(error_of):
    assert error_of("no_such_backend", ValueError) == f" is no backend. {NAMES}"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("tensorfow", "tensorflow"),
        ("Tensorflow2", "tensorflow"),
        ("pytroch", "pytorch"),
        ("numpi", "numpy"),
    ],
)
def test_unknown_name_close_to_another_is_guessed(error_of, name, meant):
    assert error_of(name, ValueError) == f" is no backend. Did you mean {meant!r}? {NAMES}"


@pytest.mark.parametrize("name", ["my_package..my_module", ".my_module", "my_package."])
def test_path_with_a_part_missing_is_no_name(error_of, name):
    assert error_of(name, ValueError) == f" is no backend. {NAMES}"


@pytest.mark.parametrize("name", ["", " "])
def test_blank_name_is_no_name(name):
    with pytest.raises(ValueError, match=r"load_backend\('\s?'\) is no backend\. Use 'tensorflow'"):
        kswitch.load_backend(name)


@pytest.mark.parametrize("name", [None, 3, b"torch"])
def test_name_must_be_a_string(name):
    with pytest.raises(TypeError, match=r"load_backend\(\): name must be a string, got "):
        kswitch.load_backend(name)


@pytest.mark.parametrize(
    ("name", "library"),
    [("theano", "Theano"), ("Theano", "Theano"), ("cntk", "CNTK"), ("CNTK", "CNTK")],
)
def test_dead_name_says_so_and_what_to_use(error_of, name, library):
    assert error_of(name, ValueError) == (
        f": {library} is no longer developed and has no backend here. "
        "Use 'tensorflow', 'torch', 'jax' or 'numpy'."
    )


# Engines

ENGINES = list(registry.ENGINES)


def test_engines_stand_in_the_order_of_the_default():
    assert ENGINES == ["tensorflow", "torch", "jax", "numpy"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("tensorflow", "pip install 'kswitch[tensorflow]'"),
        ("torch", "pip install 'kswitch[torch]'"),
        ("jax", "pip install 'kswitch[jax]'"),
        ("numpy", "pip install numpy"),
    ],
)
def test_engine_that_is_not_installed_says_what_to_install(error_of, monkeypatch, name, hint):
    monkeypatch.setitem(sys.modules, name, None)
    assert error_of(name, ImportError) == f" needs {name}: {hint}."


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("raise OSError('libcudart.so.12: no file')", "OSError: libcudart.so.12: no file"),
        ("import torch_runtime", "ModuleNotFoundError: No module named 'torch_runtime'"),
        ("raise ImportError('DLL load failed.')", "ImportError: DLL load failed"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ],
    ids=["library", "dependency", "import", "any"],
)
def test_broken_engine_shows_the_cause(error_of, module, monkeypatch, text, cause):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    module("torch/__init__.py", text)
    assert error_of("torch", ImportError) == (
        f": torch is installed but cannot be imported, {cause}. Install it anew "
        "(pip install 'kswitch[torch]'), or choose another backend."
    )


def test_cause_of_a_broken_engine_is_chained(module, monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    module("torch/__init__.py", "raise OSError('libcudart.so.12')")
    with pytest.raises(ImportError) as caught:
        kswitch.load_backend("torch")
    assert isinstance(caught.value.__cause__, OSError)


# Modules that cannot be imported


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("no_package.my_module", "no_package"),
        ("my_package.no_module", "my_package.no_module"),
        ("my_package.no_module.deep", "my_package.no_module"),
        ("my_package.plain.deep", "my_package.plain.deep"),
    ],
)
def test_module_that_is_not_there_is_told_apart(error_of, module, name, absent):
    module("my_package/__init__.py")
    module("my_package/plain.py")
    assert error_of(name, ImportError) == (
        f": there is no module {absent}. Is its folder on sys.path, or is it misspelt? Add the "
        "folder to PYTHONPATH, or install the package."
    )


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("import numpyy", "ModuleNotFoundError: No module named 'numpyy'"),
        ("import my_package.gone", "ModuleNotFoundError: No module named 'my_package.gone'"),
        ("from my_package import gone", "ImportError: cannot import name 'gone' from 'my_package'"),
        ("raise ModuleNotFoundError('no GPU')", "ModuleNotFoundError: no GPU"),
        ("x = ", "SyntaxError: invalid syntax"),
        ("{}['x']", "KeyError: 'x'"),
    ],
    ids=["module", "own", "name", "nameless", "syntax", "any"],
)
def test_module_that_fails_while_imported_shows_the_cause(error_of, module, text, cause):
    module("my_package/__init__.py")
    module("my_package/my_module.py", text)
    error = error_of("my_package.my_module", ImportError)
    assert error.startswith(
        f": my_package.my_module was found but failed while it was imported, {cause}"
    )
    assert error.endswith("Mend the module, or install what it needs.")


def test_cause_of_a_failed_module_is_chained(module):
    module("my_module.py", "import numpyy")
    with pytest.raises(ImportError) as caught:
        kswitch.load_backend("my_module")
    assert caught.value.__cause__.name == "numpyy"


# Modules that are no backends


@pytest.mark.parametrize(
    "missing",
    [
        ["placeholder"],
        ["variable"],
        ["function"],
        ["placeholder", "variable"],
        ["placeholder", "function"],
        ["variable", "function"],
        ["placeholder", "variable", "function"],
    ],
    ids=" ".join,
)
def test_invalid_module_is_told_all_that_is_missing(error_of, module, tmp_path, missing):
    text = "".join(f"def {name}(): ...\n" for name in registry.REQUIRED if name not in missing)
    module("my_module.py", text)
    assert error_of("my_module", ValueError) == (
        f": Invalid backend. Missing required entries: {', '.join(missing)}. The module my_module "
        f"({tmp_path / 'modules' / 'my_module.py'}) must define the functions placeholder, "
        "variable and function, or say KSWITCH_ADAPTER = True if it brings kernels instead."
    )


def test_entry_that_cannot_be_called_is_missing(error_of, module):
    module("my_module.py", VALID + "variable = 3")
    error = error_of("my_module", ValueError)
    assert "Missing required entries: variable (it is not callable). " in error


def test_lazy_entries_do_not_count(error_of, module):
    module("my_module.py", "def __getattr__(name): return print")
    error = error_of("my_module", ValueError)
    assert "Missing required entries: placeholder, variable, function. " in error


def test_classes_count_as_functions(module):
    module("my_module.py", VALID + "class variable: ...")
    assert kswitch.load_backend("my_module").backend() == "my_module"


def test_error_of_an_invalid_module_is_logged_too(module, caplog):
    module("my_module.py")
    with pytest.raises(ValueError, match="Invalid backend") as caught:
        kswitch.load_backend("my_module")
    assert caplog.record_tuples == [("kswitch", logging.ERROR, str(caught.value))]


# Namespaces


def test_same_name_gives_the_same_namespace(module):
    module("my_module.py", VALID)
    assert kswitch.load_backend("my_module") is kswitch.load_backend(" my_module ")


def test_failed_module_can_be_mended_in_the_same_process(module):
    module("my_module.py", "import numpyy")
    with pytest.raises(ImportError):
        kswitch.load_backend("my_module")
    module("my_module.py", VALID + "# mended, and of another size")
    assert kswitch.load_backend("my_module").backend() == "my_module"


def test_numpy_in_any_spelling_is_one_namespace():
    assert kswitch.load_backend("numpy") is kswitch.load_backend(" NumPy ")


def test_adapter_modules_are_those_of_the_package():
    folder = Path(importlib.util.find_spec("kswitch.backends.numpy_backend").origin).parent
    paths = [folder / f"{engine.adapter.split('.')[-1]}.py" for engine in registry.ENGINES.values()]
    assert [path.exists() for path in paths] == [True] * 4
