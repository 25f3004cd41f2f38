"""Checks an installed kswitch from outside the checkout; `tox -e wheel` runs it. Not a pytest file.

Here is what only an install of the finished wheel can show; it needs nothing but kswitch.
"""

import sys
import sysconfig
from importlib.metadata import distribution
from pathlib import Path

import kswitch

SITE_PACKAGES = Path(sysconfig.get_path("purelib"))


def main():
    installed = distribution("kswitch")
    ours = {file.parts[0] for file in installed.files if file.parts[0] != ".."}
    expected = {"kswitch", f"kswitch-{installed.version}.dist-info"}
    if ours != expected:
        return f"the wheel puts {sorted(ours - expected)} into site-packages"
    if Path(kswitch.__file__).parent != SITE_PACKAGES / "kswitch":
        return f"kswitch comes from {kswitch.__file__}, not from {SITE_PACKAGES}"
    if stray := [name for name in ("backends", "conformance") if (SITE_PACKAGES / name).exists()]:
        return f"site-packages holds {stray}"
    print(f"kswitch {installed.version}: {len(installed.files)} files, all under kswitch/.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
