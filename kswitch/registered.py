"""Short names of backends that other distributions register as entry points.

    [project.entry-points."kswitch.backends"]
    mlx = "kswitch_mlx.backend"

Their modules are not imported for it. It is done only for a name that is neither built in nor a
dotted path: to read what is installed takes longer than to load K.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from kswitch import __version__

GROUP = "kswitch.backends"


class Registration(NamedTuple):
    """A name that a distribution has registered.

    Attributes:
        name: in lower case, as all names without a dot.
        path: the dotted path of the module that it stands for.
        distribution: who registered it, with the version: "kswitch-mlx 1.0".
    """

    name: str
    path: str
    distribution: str


def backends(taken: Collection[str]) -> dict[str, Registration]:
    """All registered names.

    Args:
        taken: the names that are kswitch's own.

    Raises:
        ValueError: two distributions have registered one name, or one of them a name that is taken
            or cannot be one.
    """
    from importlib import metadata  # 10 ms, as long as half of NumPy's import

    found: dict[str, Registration] = {}
    for entry in metadata.entry_points(group=GROUP):
        owner = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a distribution"
        new = Registration(entry.name.lower(), entry.value.strip(), owner)
        if (
            not new.name.replace("-", "_").isidentifier()
            or not new.path.replace(".", "_").isidentifier()
        ):
            raise ValueError(
                f"{owner} registers {entry.name} = {entry.value!r} in {GROUP}: it must be a name "
                "without dots, and the path of a module, such as mlx = 'kswitch_mlx.backend'."
            )
        old = found.setdefault(new.name, new)
        if new.name in taken:
            raise _clash(Registration(new.name, "built in", f"kswitch {__version__}"), new)
        if old != new:
            raise _clash(old, new)
    return found


def _clash(old: Registration, new: Registration) -> ValueError:
    return ValueError(
        f"two distributions have a backend {new.name!r}: {old.distribution} ({old.path}) and "
        f"{new.distribution} ({new.path}). Uninstall {new.distribution.split()[0]}"
        + ("." if old.path == "built in" else f" or {old.distribution.split()[0]}.")
    )
