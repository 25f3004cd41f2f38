"""What every backend shares: keras.json, floatx, epsilon and image_data_format.

The file is `$KERAS_HOME/keras.json`, else `~/.keras/keras.json`. It is read at first need; if there
is none, the default one is written. A file that is there is never written to: Keras 3 keeps fields
of its own in it.

A file of another user (root excepted) is refused, since a dotted name in it would be code that runs
here. It is an error and no warning: a setting that silently does not hold is worse than a stop. For
the same reason a home that cannot be written is not replaced by /tmp/.keras, as Keras did.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

DATA_FORMATS = {"tf": "channels_last", "th": "channels_first"}


class Configuration:
    """The settings: as keras.json has them, until set_floatx() and its like change them.

    Attributes:
        path: the file; it starts with "~" where there is no home to look in.
        exists: whether the file is there, perhaps only since it was looked for.
        backend: the backend that the file names, None if it names none.
    """

    def __init__(
        self,
        path: str,
        exists: bool,
        floatx: str = "float32",
        epsilon: float = 1e-07,
        image_data_format: str = "channels_last",
        backend: str | None = None,
    ):
        self.path = path
        self.exists = exists
        self.floatx = floatx
        self.epsilon = epsilon
        self.image_data_format = image_data_format
        self.backend = backend


_current: Configuration | None = None
_lock = threading.Lock()


def load() -> Configuration:
    """The configuration of this process; the first call reads keras.json or writes the default one.

    Raises:
        OSError: the file cannot be read.
        PermissionError: it belongs to another user.
        ValueError: it is not UTF-8, not a JSON object, or a field has no valid value.
    """
    global _current
    if _current is None:
        with _lock:
            if _current is None:
                _current = _first_load(file_path())
    return _current


def replace(configuration: Configuration) -> None:
    """Makes another configuration hold from now on: one that a running Keras keeps."""
    global _current
    _current = configuration


def file_path() -> str:
    """Where keras.json is looked for; it starts with "~" where the home is not known.

    Raises:
        ValueError: KERAS_HOME starts with the name of a user who does not exist.
    """
    home = os.environ.get("KERAS_HOME")
    path = os.path.expanduser(os.path.join(home or os.path.join("~", ".keras"), "keras.json"))
    if not path.startswith("~"):
        return os.path.abspath(path)
    if home:
        raise ValueError(f"KERAS_HOME={home}: there is no such home, set it to an existing folder.")
    return path


def _first_load(path: str) -> Configuration:
    if path.startswith("~"):
        return Configuration(path, exists=False)
    content = _read(path)
    if content is None:
        _write_default(path)
        content = _read(path)  # ours, or that of a process that was quicker
    if content is None:
        return Configuration(path, exists=False)
    return Configuration(path, exists=True, **_settings(path, content))


# Reading


def _read(path: str) -> bytes | None:
    """The bytes of the file; None if there is none, or its folder is closed to us."""
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    if not stat.S_ISREG(mode):
        kind = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
        raise OSError(f"{path} is {kind}: move it away, or set KERAS_HOME to another folder.")
    try:
        with open(path, "rb") as file:
            status, content = os.fstat(file.fileno()), file.read()
    except OSError as error:
        raise OSError(
            f"{path} cannot be read: {error.strerror}. Make it readable, or set KERAS_HOME to "
            "another folder."
        ) from error
    _check_owner(path, status)
    return content


def _check_owner(path: str, status: os.stat_result) -> None:
    """Refuses a file that somebody else could have written; on Windows files have no such owner."""
    if not hasattr(os, "geteuid") or status.st_uid == os.geteuid():
        return
    if status.st_uid == 0 and not status.st_mode & stat.S_IWOTH:
        return
    owner = "can be written by everybody" if status.st_uid == 0 else "belongs to another user"
    raise PermissionError(
        f"{path} {owner} (owner {status.st_uid}, you are {os.geteuid()}) and is refused: what it "
        "names as backend would run as your code. Copy it to a folder of your own and set "
        "KERAS_HOME to that folder, or become its owner."
    )


def _settings(path: str, content: bytes) -> dict[str, Any]:
    """The fields of Configuration that a file sets."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}, line {line}: not UTF-8 ({error}): save it as UTF-8.") from error
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{path} is not valid JSON: {error}. Mend it, or remove it: the next run writes the "
            "default one."
        ) from error
    if not isinstance(fields, dict):
        raise ValueError(
            f'{path} must hold a JSON object, such as {{"backend": "numpy"}}, got {fields!r:.60}.'
        )
    settings = {
        field: _checked(field, fields[field], f"{path}, line {_line(text, field)}")
        for field in _FIELDS
        if field in fields
    }
    return _settle_data_format(settings, f"{path}, line {_line(text, 'image_dim_ordering')}")


def _line(text: str, field: str) -> int:
    """The line of a field; the last one if it stands there twice, as that is the one that holds."""
    places = [match.start() for match in re.finditer(rf'"{field}"\s*:', text)]
    return text.count("\n", 0, places[-1] if places else 0) + 1


def _settle_data_format(settings: dict[str, Any], where: str) -> dict[str, Any]:
    """Turns the old image_dim_ordering into image_data_format."""
    old = settings.pop("image_dim_ordering", None)
    if old is None:
        return settings
    new = settings.setdefault("image_data_format", old)
    if new != old:
        raise ValueError(
            f"{where}: image_dim_ordering means {old!r} but image_data_format is {new!r}: remove "
            "image_dim_ordering, the old name."
        )
    return settings


# What a field may be: value -> setting, or None if it is not valid; and how an error says it


def _floatx(value: Any) -> str | None:
    return value if value in ("float16", "float32", "float64") else None


def _epsilon(value: Any) -> float | None:
    if isinstance(value, (bool, str)):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 < number < float("inf") else None


def _data_format(value: Any) -> str | None:
    return value if value in DATA_FORMATS.values() else None


def _dim_ordering(value: Any) -> str | None:
    return DATA_FORMATS.get(value) if isinstance(value, str) else None


def _backend(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


_FIELDS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "floatx": (_floatx, "'float16', 'float32' or 'float64'"),
    "epsilon": (_epsilon, "a finite number over 0"),
    "image_data_format": (_data_format, "'channels_last' or 'channels_first'"),
    "image_dim_ordering": (_dim_ordering, "'tf' or 'th'"),
    "backend": (_backend, "a name such as 'torch' or 'my_package.my_module'"),
}


def _checked(field: str, value: Any, where: str) -> Any:
    accept, expected = _FIELDS[field]
    setting = accept(value)
    if setting is None:
        raise ValueError(f"{where}: {field} must be {expected}, got {value!r}.")
    return setting


# Writing


def _write_default(path: str) -> None:
    """Puts the default file at path, whole or not at all, and never over another one.

    A folder that cannot be written is left as it is.
    """
    folder = os.path.dirname(path)
    made = not os.path.isdir(folder)
    text = _default_text()
    with contextlib.suppress(OSError):
        os.makedirs(folder, exist_ok=True)
        temporary = os.path.join(folder, f".keras.json.{os.urandom(8).hex()}")
        try:
            with open(temporary, "x", encoding="utf-8") as file:
                file.write(text)
            _publish(temporary, path)
            return
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
    if made:
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def _publish(temporary: str, path: str) -> None:
    """Gives a finished file its name, unless that is taken."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return
    except OSError:  # a file system without links: the gap between the two calls is microseconds
        if not os.path.lexists(path):
            os.rename(temporary, path)


def _default_text() -> str:
    from kswitch import registry  # which needs this module

    default = Configuration("", False)
    fields = {
        "image_data_format": default.image_data_format,
        "epsilon": default.epsilon,
        "floatx": default.floatx,
        "backend": registry.default(),
    }
    return json.dumps(fields, indent=4) + "\n"


# The functions of K


def epsilon() -> float:
    """The small number that keeps a division from being by zero; 1e-07 unless configured."""
    return load().epsilon


def set_epsilon(e: float) -> None:
    """Sets what epsilon() returns.

    Raises:
        ValueError: e is not a finite number over 0.
    """
    load().epsilon = _checked("epsilon", e, "set_epsilon()")


def floatx() -> str:
    """The default float dtype: "float16", "float32" (unless configured) or "float64"."""
    return load().floatx


def set_floatx(floatx: str) -> None:
    """Sets what floatx() returns, and so the dtype of what is made from now on.

    Raises:
        ValueError: floatx is not "float16", "float32" or "float64".
    """
    load().floatx = _checked("floatx", floatx, "set_floatx()")


def cast_to_floatx(x: Any) -> np.ndarray:
    """A NumPy array of dtype floatx() with the values of x, itself array-like of any shape.

    Of a number it is a NumPy number: torch multiplies its tensors by those, but not by arrays.
    """
    import numpy as np

    return np.asarray(x, dtype=floatx())[()]


def image_data_format() -> str:
    """The default order of image axes: "channels_last" (unless configured) or "channels_first"."""
    return load().image_data_format


def set_image_data_format(data_format: str) -> None:
    """Sets what image_data_format() returns.

    Raises:
        ValueError: data_format is not "channels_last" or "channels_first".
    """
    load().image_data_format = _checked("image_data_format", data_format, "set_image_data_format()")


def normalize_data_format(value: str | None) -> str:
    """A data_format argument in lower case; image_data_format() for None.

    The old names "tf" and "th" are understood: programs gave them by position too.

    Raises:
        ValueError: value is neither None nor one of the two formats.
    """
    if value is None:
        return image_data_format()
    lower = value.lower() if isinstance(value, str) else value
    setting = _data_format(lower) or _dim_ordering(lower)
    if setting is None:
        raise ValueError(
            f"data_format must be 'channels_last', 'channels_first' or None, got {value!r}."
        )
    return setting


def image_dim_ordering() -> str:
    """The old name of image_data_format(): "tf" for "channels_last", "th" for "channels_first"."""
    return "tf" if image_data_format() == "channels_last" else "th"


def set_image_dim_ordering(dim_ordering: str) -> None:
    """The old name of set_image_data_format(): "tf" for "channels_last", "th" for "channels_first".

    Raises:
        ValueError: dim_ordering is neither "tf" nor "th".
    """
    load().image_data_format = _checked(
        "image_dim_ordering", dim_ordering, "set_image_dim_ordering()"
    )


def symbolic(func: F) -> F:
    """The function itself: a decorator of Keras 2.3, where it entered the graph of TensorFlow 2."""
    return func


def eager(func: F) -> F:
    """The function itself: a decorator of Keras 2.3, where it left the graph of TensorFlow 2."""
    return func


# Every K has these, whatever its backend; no external module can bring its own.
FUNCTIONS = (
    epsilon,
    set_epsilon,
    floatx,
    set_floatx,
    cast_to_floatx,
    image_data_format,
    set_image_data_format,
    normalize_data_format,
    image_dim_ordering,
    set_image_dim_ordering,
    symbolic,
    eager,
)
