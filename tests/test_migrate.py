"""kswitch migrate: what it reports of Keras's backend in a file, and how it rewrites imports."""

import json
import sys

import pytest

from kswitch.__main__ import main

pytest.importorskip("libcst", reason="an optional dependency: pip install 'kswitch[migrate]'")

CLASSIC = '''"""A loss."""

import numpy as np
from keras import backend as K   # classic


def loss(y_true, y_pred):
    return K.mean( K.square(y_true - y_pred),axis=-1 )
'''


@pytest.fixture
def migrate(tmp_path, capsys):
    """Runs the command on a file of that text: (exit status, what it printed, the file after)."""

    def run(text, *options):
        path = tmp_path / "model.py"
        path.write_bytes(text.encode())
        status = main(["migrate", str(path), *options])
        printed = capsys.readouterr().out.replace(str(path), "model.py")
        return status, printed, path.read_bytes().decode()

    return run


def test_each_use_has_a_line(migrate):
    _, printed, _ = migrate(CLASSIC)
    assert printed.splitlines()[:2] == [
        "model.py:8:12: K.mean: covered",
        "model.py:8:20: K.square: covered",
    ]


def test_the_last_line_counts(migrate):
    assert migrate(CLASSIC)[1].splitlines()[-1] == "2 uses in 1 file, 2 covered by kswitch."


def test_all_covered_is_well(migrate):
    assert migrate(CLASSIC)[0] == 0


def test_nothing_is_written_without_being_asked_to(migrate):
    assert migrate(CLASSIC)[2] == CLASSIC


def test_only_the_import_is_rewritten(migrate):
    assert migrate(CLASSIC, "--write")[2] == CLASSIC.replace(
        "from keras import", "from kswitch import"
    )


def test_line_ends_stay(migrate):
    text = CLASSIC.replace("\n", "\r\n")
    assert migrate(text, "--write")[2] == text.replace("from keras import", "from kswitch import")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from keras import backend as K\n", "from kswitch import backend as K\n"),
        ("from keras import backend\n", "from kswitch import backend\n"),
        ("from tensorflow.keras import backend as K\n", "from kswitch import backend as K\n"),
        ("import keras.backend as K\n", "import kswitch.backend as K\n"),
        ("import tensorflow.keras.backend as K\n", "import kswitch.backend as K\n"),
        ("import os, keras.backend as K\n", "import os, kswitch.backend as K\n"),
        ("from keras.backend import mean, sum\n", "from kswitch.backend import mean, sum\n"),
        (
            "from keras import layers, backend as K, models  # all\n",
            "from keras import layers, models  # all\nfrom kswitch import backend as K\n",
        ),
        (
            "def f():\n    from keras import backend as K, layers\n    return K.abs\n",
            "def f():\n    from keras import layers\n    from kswitch import backend as K\n"
            "    return K.abs\n",
        ),
        (
            "import keras\nx = keras.backend.abs(keras.Input((2,)))\n",
            "import keras\nfrom kswitch import backend as K\n\nx = K.abs(keras.Input((2,)))\n",
        ),
        (
            "import tensorflow as tf\nK = 3\nx = tf.keras.backend.abs(K)\n",
            "import tensorflow as tf\nfrom kswitch import backend as kswitch_backend\n\nK = 3\n"
            "x = kswitch_backend.abs(K)\n",
        ),
        (
            "import keras\nfrom keras import backend as K\nx = keras.backend.abs(K.ones(2))\n",
            "import keras\nfrom kswitch import backend as K\nx = K.abs(K.ones(2))\n",
        ),
        ("from keras import layers\n", "from keras import layers\n"),
        ("import backend as K\nK.abs(1)\n", "import backend as K\nK.abs(1)\n"),
    ],
)
def test_rewritten_imports(before, after, migrate):
    assert migrate(before, "--write")[2] == after


def test_a_rewritten_file_has_nothing_left_to_do(migrate):
    _, _, text = migrate(CLASSIC, "--write")
    assert migrate(text)[1] == "0 uses in 1 file, 0 covered by kswitch.\n"


def test_imported_names_are_uses(migrate):
    printed = migrate("from tensorflow.keras.backend import mean, floatx as f\n")[1]
    assert printed.splitlines()[:2] == [
        "model.py:1:38: mean: covered",
        "model.py:1:44: floatx as f: covered",
    ]


def test_an_unknown_name_is_reported(migrate):
    status, printed, _ = migrate("from keras import backend as K\nK.meann(1)\n")
    assert (status, printed.splitlines()[0]) == (
        1,
        "model.py:2:1: K.meann: not in kswitch; did you mean mean?",
    )


def test_sessions_are_reported(migrate):
    status, printed, _ = migrate("import keras.backend as K\nK.get_session().run(1)\n")
    assert status == 1
    assert "K.get_session: there are no sessions: use K.eval" in printed


def test_a_name_of_the_users_own_is_no_use(migrate):
    assert migrate("class K:\n    mean = abs\nK.mean(1)\n")[1].startswith("0 uses")


def test_json(migrate, tmp_path):
    found = json.loads(migrate(CLASSIC, "--json")[1])["model.py"]
    assert found["imports"] is True
    assert found["uses"][0] == {
        "line": 8,
        "column": 12,
        "text": "K.mean",
        "name": "mean",
        "status": "covered",
    }


def test_a_folder_is_searched(tmp_path, capsys):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.py").write_text(CLASSIC)
    (tmp_path / "b.txt").write_text(CLASSIC)
    assert main(["migrate", str(tmp_path)]) == 0
    assert capsys.readouterr().out.endswith("2 uses in 1 file, 2 covered by kswitch.\n")


def test_a_file_that_is_not_there(capsys):
    assert main(["migrate", "nowhere.py"]) == 2
    assert capsys.readouterr().err == "kswitch: there is no file nowhere.py.\n"


def test_a_file_that_is_no_python(tmp_path, capsys):
    (tmp_path / "a.py").write_text("def (:\n")
    assert main(["migrate", str(tmp_path / "a.py")]) == 2
    assert "a.py is no Python that can be read" in capsys.readouterr().err


def test_nothing_is_written_if_a_file_cannot_be_read(tmp_path, capsys):
    (tmp_path / "a.py").write_text(CLASSIC)
    (tmp_path / "b.py").write_text("def (:\n")
    assert main(["migrate", "--write", str(tmp_path)]) == 2
    assert (tmp_path / "a.py").read_text() == CLASSIC


def test_a_file_is_replaced_at_once(tmp_path, monkeypatch, capsys):
    """Whole or not at all: what fails on the way leaves it as it was."""
    path = tmp_path / "a.py"
    path.write_text(CLASSIC)

    def fail(*paths):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("kswitch.files.os.replace", fail)
    assert main(["migrate", "--write", str(path)]) == 2
    assert capsys.readouterr().err == f"kswitch: {path} cannot be written: Permission denied.\n"
    assert path.read_text() == CLASSIC
    assert list(tmp_path.iterdir()) == [path]


def test_without_libcst(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "libcst", None)
    assert main(["migrate", __file__]) == 2
    assert "migrate needs libcst: pip install 'kswitch[migrate]'." in capsys.readouterr().err
