"""Which engines are here, in what version, on which devices."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from kswitch import registry
from kswitch.commands import CommandError
from kswitch.registry import ENGINES


def installed() -> list[str]:
    """The names of the engines that are installed; none is imported to find out."""
    return [name for name, engine in ENGINES.items() if registry.installed(engine.import_name)]


def load(name: str | None) -> Any:
    """K of the named or the configured backend; a bad name or configuration is a CommandError."""
    try:
        if name is not None:
            return registry.load(name)
        from kswitch import backend

        return backend
    except (ImportError, OSError, ValueError) as error:
        raise CommandError(str(error)) from error


def version(name: str) -> str | None:
    """The release of an engine that this process has imported; None for somebody's own module."""
    return sys.modules[ENGINES[name].import_name].__version__ if name in ENGINES else None


def describe(name: str) -> dict:
    """{"version": ..., "devices": [...]} of an engine, which this imports: runs in a child."""
    engine = importlib.import_module(ENGINES[name].import_name)
    return {"version": engine.__version__, "devices": DEVICES[name](engine)}


def numpy_devices(np: Any) -> list[str]:
    return ["CPU"]


def tensorflow_devices(tf: Any) -> list[str]:
    names = [device.name for device in tf.config.list_physical_devices()]
    return [name.removeprefix("/physical_device:") for name in names]


def torch_devices(torch: Any) -> list[str]:
    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return ["CPU", *gpus, *(["MPS"] if torch.backends.mps.is_available() else [])]


def jax_devices(jax: Any) -> list[str]:
    return [f"{device.device_kind.upper()}:{device.id}" for device in jax.devices()]


DEVICES = {
    "numpy": numpy_devices,
    "tensorflow": tensorflow_devices,
    "torch": torch_devices,
    "jax": jax_devices,
}
