"""Programs as Keras 2's users write them, each three training steps long, and what they give.

Each module but `record` and `weights` is a program: `run()` builds a model, fills it with weights
from a seed, trains it and returns {name: numbers}. There is no random layer in any of them. They
run under Python 3.7 too, where `record` asks the genuine Keras for the numbers to expect.
"""

import os

FOLDER = os.path.dirname(os.path.abspath(__file__))
RESULTS = os.path.join(FOLDER, "results.json")
NAMES = sorted(
    name[:-3]
    for name in os.listdir(FOLDER)
    if name.endswith(".py") and name not in ("__init__.py", "record.py", "weights.py")
)
