"""How many calls the randomised tests draw: few and always the same ones, which take less than a
minute on one core, or `--hypothesis-profile=thorough`.
"""

import os

from hypothesis import HealthCheck, settings

# JAX compiles each operation for each shape, TensorFlow traces a graph.
QUICK = {"jax": 3, "tensorflow": 15}
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile(
    "quick",
    max_examples=QUICK.get(os.environ.get("KERAS_BACKEND"), 25),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=SLOW,
)
settings.register_profile(
    "thorough", max_examples=200, deadline=None, print_blob=True, suppress_health_check=SLOW
)
settings.load_profile("quick")
