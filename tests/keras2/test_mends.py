"""What Keras 2 misses on today's Python, NumPy, h5py and PyYAML, and gets back."""

import collections
import inspect

import h5py
import numpy as np
import pytest
import yaml

from kswitch.keras2 import hooks, mends


@pytest.mark.parametrize("name", ["Iterable", "Mapping", "Sequence", "Container"])
def test_collections_have_their_old_names(name):
    assert getattr(collections, name) is getattr(collections.abc, name)


def test_numpy_has_its_old_names():
    assert (np.Inf, np.string_, np.unicode_) == (np.inf, np.bytes_, np.str_)


def test_text_attribute_can_be_decoded(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["text"] = "größe"
        assert file.attrs["text"].decode("utf-8") == "größe"
        assert file.attrs["text"] == "größe"


def test_array_of_texts_is_one_of_bytes(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["names"] = ["dense", "lstm"]
        assert [name.decode() for name in file.attrs["names"]] == ["dense", "lstm"]


def test_other_attributes_stay(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["numbers"] = np.arange(3)
        assert file.attrs["numbers"].tolist() == [0, 1, 2]


def test_file_is_opened_for_writing(tmp_path):
    with h5py.File(tmp_path / "a.h5") as file:
        file["x"] = 1
        assert file.fid == file.id


def test_argument_spec_comes_back(monkeypatch):
    monkeypatch.delattr(inspect, "getargspec", raising=False)
    mends.argument_spec()
    spec = inspect.getargspec(lambda a, *b, c=1, **d: None)
    assert (spec.args, spec.varargs, spec.keywords) == (["a"], "b", "d")
    monkeypatch.delattr(inspect, "getargspec")


def test_yaml_needs_no_loader_and_runs_no_code(monkeypatch):
    monkeypatch.setattr(yaml, "load", yaml.load)
    mends.yaml_loader()
    assert yaml.load("a: [1, 2]") == {"a": [1, 2]}
    with pytest.raises(yaml.constructor.ConstructorError):
        yaml.load("!!python/object/apply:os.system ['exit']")


def test_module_is_mended_once_it_was_imported(tmp_path, monkeypatch):
    (tmp_path / "to_mend.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    hooks.after_import("to_mend", lambda module: setattr(module, "x", module.x + 1))
    import to_mend

    assert (to_mend.x, inspect.getsource(to_mend)) == (2, "x = 1\n")


def test_imported_module_is_mended_at_once(monkeypatch):
    monkeypatch.setattr(hooks, "_mends", {})
    seen = []
    hooks.after_import("collections", seen.append)
    assert seen == [collections]
