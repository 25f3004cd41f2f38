"""Files that are replaced as a whole."""

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
