"""Keras 2, as published, on an engine of kswitch: `import kswitch.keras2`, before `import keras`.

    KERAS_BACKEND=torch python -m kswitch.keras2 train.py     # the same for a program as it is

Keras 2.3.1 and 2.2.4 load a backend from the dotted name in KERAS_BACKEND. This package is that
backend, one module for each engine (`on_torch` and its like), and mends what Keras 2 misses on
today's Python, NumPy and h5py. No file of Keras is touched, and nothing happens unless this package
is imported. Processes that a program starts inherit KERAS_BACKEND, and so all of it.
"""

import sys

from kswitch.keras2.startup import start

# `python -m kswitch.keras2` imports this package first, and has its own words for what is wrong.
if getattr(sys, "argv", [""])[:1] != ["-m"]:
    start()
