"""Files that are replaced as a whole, and parts of texts between two marks."""

import os
import shutil
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Writes a file so that it holds the old text or the new at any time, never half of one.

    It keeps its permissions, and where path is a link, that stays and its target is written.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def marks(name: str) -> tuple[str, str]:
    """The lines before and after a part; pages that show the text do not show them."""
    return f"<!-- {name} -->", f"<!-- /{name} -->"


def part(text: str, name: str) -> str:
    """What stands between the marks of a part; "" if there are none."""
    begin, end = marks(name)
    return text.partition(begin)[2].partition(end)[0].strip()


def updated(path: str, name: str, new: str) -> str:
    """The text of a file with a new part between its marks.

    Raises:
        ValueError: the file cannot be read, or does not have the two marks.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
    begin, end = marks(name)
    if (text.count(begin), text.count(end)) != (1, 1) or text.index(begin) > text.index(end):
        raise ValueError(f"{path} needs one line {begin} and after it one line {end}.")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{new}\n{end}{rest.partition(end)[2]}"
