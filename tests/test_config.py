"""keras.json and the settings: what is read, refused (in which words) and written."""

import errno
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kswitch import config, registry

DEFAULT_FIELDS = {"image_data_format": "channels_last", "epsilon": 1e-07, "floatx": "float32"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """KERAS_HOME: an empty folder, and a process that has not looked into it yet."""
    folder = tmp_path / "keras"
    folder.mkdir()
    monkeypatch.setenv("KERAS_HOME", str(folder))
    monkeypatch.setattr(config, "_current", None)
    return folder


@pytest.fixture
def write(home):
    """Writes keras.json: text, bytes, or fields."""

    def write(content):
        if not isinstance(content, (str, bytes)):
            content = json.dumps(content)
        data = content if isinstance(content, bytes) else content.encode()
        (home / "keras.json").write_bytes(data)

    return write


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def fail_with(code):
    def fail(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    return fail


def start(code):
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONSAFEPATH": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )


# Where the file is


def test_file_is_in_keras_home(home):
    assert config.file_path() == str(home / "keras.json")


def test_tilde_in_keras_home_is_expanded(home, monkeypatch):
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("KERAS_HOME", os.path.join("~", "mine"))
    assert config.file_path() == str(home / "mine" / "keras.json")


@pytest.mark.parametrize("value", ["", None])
def test_file_is_in_dot_keras_of_the_home_without_keras_home(home, monkeypatch, value):
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    if value is None:
        monkeypatch.delenv("KERAS_HOME")
    else:
        monkeypatch.setenv("KERAS_HOME", value)
    assert config.file_path() == str(home / ".keras" / "keras.json")


def test_path_is_absolute_for_a_relative_keras_home(home, monkeypatch):
    monkeypatch.chdir(home)
    monkeypatch.setenv("KERAS_HOME", "here")
    assert config.file_path() == str(home / "here" / "keras.json")


def test_keras_home_of_an_unknown_user_is_an_error(home, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", "~no_such_user/keras")
    with pytest.raises(ValueError, match="KERAS_HOME=~no_such_user/keras: there is no such home"):
        config.load()


def test_user_without_a_home_gets_the_defaults(home, monkeypatch):
    monkeypatch.chdir(home)
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    found = config.load()
    assert (found.exists, found.floatx, names(home)) == (False, "float32", [])


# Reading


def test_values_of_the_file_hold(write):
    write(
        {
            "image_data_format": "channels_first",
            "epsilon": 0.5,
            "floatx": "float64",
            "backend": "my_package.my_module",
        }
    )
    found = config.load()
    assert found.exists
    assert found.backend == "my_package.my_module"
    assert (config.image_data_format(), config.epsilon(), config.floatx()) == (
        "channels_first",
        0.5,
        "float64",
    )


def test_fields_that_the_file_lacks_have_their_defaults(write):
    write({})
    found = config.load()
    assert (found.floatx, found.epsilon, found.image_data_format, found.backend) == (
        "float32",
        1e-07,
        "channels_last",
        None,
    )


def test_short_form_of_the_seeds_is_channels_last(write):
    write('{"epsilon": 1e-07, "floatx": "float32", "backend": "theano"}')
    assert config.load().image_data_format == "channels_last"


@pytest.mark.parametrize(
    ("ordering", "data_format"), [("tf", "channels_last"), ("th", "channels_first")]
)
def test_image_dim_ordering_is_the_old_image_data_format(write, ordering, data_format):
    write({"image_dim_ordering": ordering})
    assert config.load().image_data_format == data_format


def test_both_names_of_the_data_format_may_agree(write):
    write({"image_dim_ordering": "th", "image_data_format": "channels_first"})
    assert config.load().image_data_format == "channels_first"


def test_integer_epsilon_becomes_a_float(write):
    write({"epsilon": 1})
    assert type(config.load().epsilon) is float


def test_unknown_fields_are_let_be(write, home):
    text = '{"floatx": "float64", "nnx_enabled": false, "of_mine": {"floatx": 3}}'
    write(text)
    config.load()
    config.set_floatx("float16")
    assert (home / "keras.json").read_text() == text


def test_byte_order_mark_is_no_error(write):
    write(b'\xef\xbb\xbf{"floatx": "float64"}')
    assert config.load().floatx == "float64"


def test_file_is_read_once(write):
    write({"floatx": "float64"})
    config.load()
    write({"floatx": "float16"})
    assert config.load().floatx == "float64"


def test_file_is_not_read_at_import(write):
    write("no JSON")
    process = start("import kswitch, kswitch.config, kswitch.registry")
    assert process.communicate() == (None, "")


def test_threads_share_one_configuration(write):
    write({})
    barrier = threading.Barrier(8)

    def load(_):
        barrier.wait()
        return config.load()

    with ThreadPoolExecutor(8) as pool:
        assert len({id(found) for found in pool.map(load, range(8))}) == 1


# Bad files


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('{\n  "floatx": "float32"\n  "epsilon": 1\n}', r"line 3 column 3.*the next run writes"),
        ("", r"not valid JSON: Expecting value: line 1 column 1"),
        ("[" * 100_000, r"not valid JSON: .*recursion"),
        ('{"epsilon": ' + "1" * 5000 + "}", r"not valid JSON: .*limit"),
        ("[]", r"must hold a JSON object, such as {\"backend\": \"numpy\"}, got \[\]\."),
        ('"torch"', r"must hold a JSON object, .* got 'torch'\."),
        ("null", r"must hold a JSON object, .* got None\."),
        (b'{\n"backend": "\xe9"}', r"line 2: not UTF-8 .*: save it as UTF-8\."),
        ("{}".encode("utf-16"), r"line 1: not UTF-8"),
    ],
    ids=[
        "comma",
        "empty",
        "deep",
        "digits",
        "list",
        "string",
        "null",
        "latin-1",
        "utf-16",
    ],
)
def test_file_that_is_no_json_object_is_an_error(write, home, text, match):
    write(text)
    with pytest.raises(ValueError, match=match) as caught:
        config.load()
    assert str(caught.value).startswith(str(home / "keras.json"))


FLOATX = r"floatx must be 'float16', 'float32' or 'float64', got "
EPSILON = r"epsilon must be a finite number over 0, got "
DATA_FORMAT = r"image_data_format must be 'channels_last' or 'channels_first', got "
ORDERING = r"image_dim_ordering must be 'tf' or 'th', got "
BACKEND = r"backend must be a name such as 'torch' or 'my_package.my_module', got "


@pytest.mark.parametrize(
    ("field", "value", "match"),
    [
        ("floatx", '"beerfloat"', FLOATX + "'beerfloat'"),
        ("floatx", '"Float32"', FLOATX + "'Float32'"),
        ("floatx", "32", FLOATX + "32"),
        ("floatx", "null", FLOATX + "None"),
        ("floatx", '["float32"]', FLOATX + r"\['float32'\]"),
        ("epsilon", "0", EPSILON + "0"),
        ("epsilon", "-1e-7", EPSILON + "-1e-07"),
        ("epsilon", '"1e-7"', EPSILON + "'1e-7'"),
        ("epsilon", "true", EPSILON + "True"),
        ("epsilon", "null", EPSILON + "None"),
        ("epsilon", "NaN", EPSILON + "nan"),
        ("epsilon", "Infinity", EPSILON + "inf"),
        ("epsilon", "1" + "0" * 400, EPSILON + "1000"),
        ("epsilon", "{}", EPSILON + "{}"),
        ("image_data_format", '"channels_middle"', DATA_FORMAT + "'channels_middle'"),
        ("image_data_format", '"tf"', DATA_FORMAT + "'tf'"),
        ("image_data_format", "{}", DATA_FORMAT + "{}"),
        ("image_dim_ordering", '"channels_last"', ORDERING + "'channels_last'"),
        ("image_dim_ordering", '["tf"]', ORDERING + r"\['tf'\]"),
        ("backend", '""', BACKEND + "''"),
        ("backend", '" "', BACKEND + "' '"),
        ("backend", "1", BACKEND + "1"),
        ("backend", "null", BACKEND + "None"),
    ],
)
def test_bad_value_names_file_line_field_and_what_would_be_right(write, home, field, value, match):
    write(f'{{\n"of_mine": 1,\n"{field}": {value}}}')
    with pytest.raises(ValueError, match=match) as caught:
        config.load()
    assert str(caught.value).startswith(f"{home / 'keras.json'}, line 3: ")


def test_line_of_a_field_that_stands_twice_is_that_of_the_one_that_holds(write):
    write('{"floatx": "float32",\n"floatx" : "beer"}')
    with pytest.raises(ValueError, match="line 2: floatx"):
        config.load()


def test_contradiction_of_old_and_new_name_is_an_error(write, home):
    write('{\n"image_data_format": "channels_last",\n"image_dim_ordering": "th"}')
    match = "image_dim_ordering means 'channels_first' but image_data_format is 'channels_last'"
    with pytest.raises(ValueError, match=match) as caught:
        config.load()
    assert str(caught.value).startswith(f"{home / 'keras.json'}, line 3: ")


def test_bad_file_is_an_error_each_time(write):
    write({"floatx": 1})
    for _ in range(2):
        with pytest.raises(ValueError, match=FLOATX):
            config.load()


def test_directory_in_the_place_of_the_file_is_an_error(home):
    (home / "keras.json").mkdir()
    with pytest.raises(OSError, match=r"keras\.json is a directory: move it away, or set KERAS_H"):
        config.load()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipe_in_the_place_of_the_file_is_an_error(home):
    os.mkfifo(home / "keras.json")
    with pytest.raises(OSError, match=r"keras\.json is not a regular file: move it away"):
        config.load()


def test_file_that_cannot_be_read_is_an_error(write, monkeypatch):
    write({})
    monkeypatch.setattr("builtins.open", fail_with(errno.EACCES))
    match = r"keras\.json cannot be read: Permission denied\. Make it readable, or set KERAS_HOME"
    with pytest.raises(OSError, match=match) as caught:
        config.load()
    assert isinstance(caught.value.__cause__, PermissionError)


# Files of others


@pytest.fixture
def owned(write, monkeypatch):
    """Writes keras.json and gives it an owner and a mode."""

    def owned(owner, mode):
        write({"floatx": "float64", "backend": "evil.module"})
        status = os.stat_result((mode, 0, 0, 1, owner, owner, 0, 0, 0, 0))
        monkeypatch.setattr(os, "fstat", lambda descriptor: status)
        monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)

    return owned


@pytest.mark.parametrize(
    ("owner", "mode"),
    [(1000, 0o100600), (1000, 0o100666), (0, 0o100644), (0, 0o100664)],
    ids=["own", "own-open", "root", "root-group"],
)
def test_own_file_and_that_of_root_are_read(owned, owner, mode):
    owned(owner, mode)
    assert config.load().floatx == "float64"


@pytest.mark.parametrize(
    ("owner", "mode", "match"),
    [
        (1001, 0o100644, r"belongs to another user \(owner 1001, you are 1000\) and is refused"),
        (0, 0o100646, r"can be written by everybody \(owner 0, you are 1000\) and is refused"),
    ],
    ids=["other", "root-open"],
)
def test_file_that_somebody_else_could_have_written_is_refused(owned, owner, mode, match):
    owned(owner, mode)
    with pytest.raises(PermissionError, match=match):
        config.load()


def test_refusal_says_what_to_do(owned):
    owned(1001, 0o100644)
    with pytest.raises(PermissionError, match=r"Copy it to a folder of your own and set KERAS_HO"):
        config.load()


def test_files_have_no_owner_on_windows(owned, monkeypatch):
    owned(1001, 0o100644)
    monkeypatch.delattr(os, "geteuid")
    assert config.load().floatx == "float64"


def test_folder_that_is_closed_to_us_is_no_error(home, monkeypatch):
    monkeypatch.setattr(os, "stat", fail_with(errno.EACCES))
    monkeypatch.setattr(os, "makedirs", fail_with(errno.EACCES))
    assert not config.load().exists


# Writing


@pytest.mark.parametrize("engine", ["tensorflow", "numpy"])
def test_first_use_writes_the_default_file(home, monkeypatch, engine):
    monkeypatch.setattr(registry, "default", lambda: engine)
    config.load()
    written = json.loads((home / "keras.json").read_text())
    assert written == {**DEFAULT_FIELDS, "backend": engine}


def test_default_file_is_made_in_a_folder_that_is_made_too(home, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(home / "a" / "b"))
    assert config.load().exists
    assert names(home / "a" / "b") == ["keras.json"]


def test_default_file_is_what_the_next_process_reads(home, monkeypatch):
    first = config.load()
    monkeypatch.setattr(config, "_current", None)
    assert vars(config.load()) == vars(first)


def test_default_file_can_be_read_by_all_whom_the_umask_lets(home):
    config.load()
    umask = os.umask(0o022)
    os.umask(umask)
    assert (home / "keras.json").stat().st_mode & 0o777 == 0o666 & ~umask


def test_link_to_nowhere_is_left_alone(home):
    (home / "keras.json").symlink_to(home / "nowhere")
    assert not config.load().exists
    assert names(home) == ["keras.json"]


def test_file_of_a_quicker_process_wins(home, write, monkeypatch):
    def link(temporary, path):
        write({"floatx": "float64"})
        raise FileExistsError

    monkeypatch.setattr(os, "link", link)
    assert config.load().floatx == "float64"
    assert names(home) == ["keras.json"]


def test_file_is_written_where_links_are_not_supported(home, monkeypatch):
    monkeypatch.setattr(os, "link", fail_with(errno.EPERM))
    assert config.load().exists
    assert names(home) == ["keras.json"]


def test_file_of_a_quicker_process_wins_where_links_are_not_supported(home, write, monkeypatch):
    def link(temporary, path):
        write({"floatx": "float64"})
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", link)
    assert config.load().floatx == "float64"
    assert names(home) == ["keras.json"]


def test_fifty_processes_at_once_leave_one_valid_file(home):
    processes = [start("from kswitch import config; config.load()") for _ in range(50)]
    assert {process.communicate()[1] for process in processes} == {""}
    assert names(home) == ["keras.json"]
    assert json.loads((home / "keras.json").read_text()).items() >= DEFAULT_FIELDS.items()


# Homes that cannot be written


def test_home_that_is_a_file_is_no_error(home, monkeypatch):
    (home / "file").write_text("")
    monkeypatch.setenv("KERAS_HOME", str(home / "file" / "keras"))
    found = config.load()
    assert (found.exists, found.floatx, found.backend) == (False, "float32", None)
    assert names(home) == ["file"]


def test_home_that_cannot_be_made_is_no_error(home, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(home / "new"))
    monkeypatch.setattr(os, "makedirs", fail_with(errno.EROFS))
    assert not config.load().exists
    assert names(home) == []


@pytest.fixture
def full_disk(monkeypatch):
    monkeypatch.setattr(os, "link", fail_with(errno.ENOSPC))
    monkeypatch.setattr(os, "rename", fail_with(errno.ENOSPC))


@pytest.mark.usefixtures("full_disk")
def test_nothing_is_left_behind_by_a_failed_write(home):
    assert not config.load().exists
    assert names(home) == []


@pytest.mark.usefixtures("full_disk")
def test_folder_made_for_a_failed_write_goes_again(home, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(home / "new"))
    assert not config.load().exists
    assert names(home) == []


def test_file_that_appears_later_is_not_looked_for(home, write, monkeypatch):
    monkeypatch.setattr(os, "makedirs", fail_with(errno.EROFS))
    config.load()
    write({"floatx": "float64"})
    assert config.floatx() == "float32"


# The functions of K


@pytest.mark.parametrize("value", ["float16", "float32", "float64"])
def test_set_floatx_sets_floatx(home, value):
    config.set_floatx(value)
    assert config.floatx() == value


@pytest.mark.parametrize("value", ["", "beerfloat", 123, None, "bfloat16", np.float32])
def test_set_floatx_refuses_anything_else(home, value):
    with pytest.raises(ValueError, match=r"set_floatx\(\): floatx must be 'float16', .* got "):
        config.set_floatx(value)


@pytest.mark.parametrize("value", [1e-05, 1, np.float32(0.5), np.array(0.25)])
def test_set_epsilon_sets_epsilon_as_a_float(home, value):
    config.set_epsilon(value)
    assert config.epsilon() == value
    assert type(config.epsilon()) is float


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), True, "1e-5", None, [1, 2]])
def test_set_epsilon_refuses_what_is_no_finite_number_over_0(home, value):
    with pytest.raises(ValueError, match=r"set_epsilon\(\): epsilon must be a finite number over"):
        config.set_epsilon(value)


@pytest.mark.parametrize("value", ["channels_first", "channels_last"])
def test_set_image_data_format_sets_image_data_format(home, value):
    config.set_image_data_format(value)
    assert config.image_data_format() == value


@pytest.mark.parametrize("value", ["channels_middle", "tf", None, []])
def test_set_image_data_format_refuses_anything_else(home, value):
    match = r"set_image_data_format\(\): image_data_format must be 'channels_last' or "
    with pytest.raises(ValueError, match=match):
        config.set_image_data_format(value)


@pytest.mark.parametrize(
    ("ordering", "data_format"), [("tf", "channels_last"), ("th", "channels_first")]
)
def test_dim_ordering_is_the_old_name_of_the_data_format(home, ordering, data_format):
    config.set_image_dim_ordering(ordering)
    assert (config.image_dim_ordering(), config.image_data_format()) == (ordering, data_format)


def test_set_image_dim_ordering_refuses_anything_else(home):
    match = r"set_image_dim_ordering\(\): image_dim_ordering must be 'tf' or 'th', got 'mx'"
    with pytest.raises(ValueError, match=match):
        config.set_image_dim_ordering("mx")


@pytest.mark.parametrize("setting", ["channels_first", "channels_last"])
def test_data_format_none_is_the_configured_one(home, setting):
    config.set_image_data_format(setting)
    assert config.normalize_data_format(None) == setting


def test_data_format_is_taken_in_any_case(home):
    assert config.normalize_data_format("Channels_FIRST") == "channels_first"


@pytest.mark.parametrize("value", ["channels_middle", "", 1, ["channels_last"]])
def test_other_data_formats_are_refused(home, value):
    match = "data_format must be 'channels_last', 'channels_first' or None, got "
    with pytest.raises(ValueError, match=match):
        config.normalize_data_format(value)


@pytest.mark.parametrize("floatx", ["float16", "float64"])
def test_cast_to_floatx_gives_an_array_of_floatx(home, floatx):
    config.set_floatx(floatx)
    result = config.cast_to_floatx(np.array([1.0, 2.0], "float32"))
    assert (result.dtype, result.tolist()) == (np.dtype(floatx), [1.0, 2.0])


def test_cast_to_floatx_makes_an_array_of_a_number(home):
    assert config.cast_to_floatx(3).shape == ()


@pytest.mark.parametrize("decorator", [config.symbolic, config.eager])
def test_symbolic_and_eager_change_nothing(decorator):
    assert decorator(names) is names
