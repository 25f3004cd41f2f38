"""Steps into imports: mends a module right after it was first imported, or keeps one out."""

import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

Mend = Callable[[Any], None]
_mends: dict[str, list[Mend]] = {}
_kept_out: dict[str, tuple[str, ...]] = {}  # a module -> those that must not import it


class _Finder:
    """Finds the modules that have a mend as Python does, and mends them once they have run."""

    def find_spec(self, name: str, path=None, target=None) -> ModuleSpec | None:
        if any(is_loading(importer) for importer in _kept_out.get(name, ())):
            raise ModuleNotFoundError(f"{name} is not imported beside another engine.", name=name)
        spec = PathFinder.find_spec(name, path, target) if name in _mends else None
        if spec is None or spec.loader is None:
            return None
        run = spec.loader.exec_module

        def run_and_mend(module: ModuleType) -> None:
            run(module)
            for mend in _mends[name]:
                mend(module)

        spec.loader.exec_module = run_and_mend  # type: ignore[method-assign]
        return spec


def after_import(name: str, mend: Mend) -> None:
    """Has `mend(module)` called after the import of that module; at once if that is over."""
    _install()
    _mends.setdefault(name, []).append(mend)
    if name in sys.modules:
        mend(sys.modules[name])


def keep_out(name: str, importers: tuple[str, ...]) -> None:
    """Makes `import name` fail while one of the modules `importers` is being imported."""
    _install()
    _kept_out[name] = importers


def is_loading(module: str) -> bool:
    """Whether the import of a module has begun and not ended."""
    spec = getattr(sys.modules.get(module), "__spec__", None)
    return getattr(spec, "_initializing", False)


def _install() -> None:
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
