"""All cases, one module a family of functions."""

from importlib import import_module

FAMILIES = (
    "elementwise",
    "operators",
    "reductions",
    "shapes",
    "padding",
    "linear",
    "convolution",
    "pooling",
    "activations",
    "losses",
    "normalization",
    "creation",
    "random",
    "inspection",
    "state",
    "execution",
    "control",
    "loops",
    "ctc",
    "sparse",
    "legacy",
    "recorded",
    "declared",
    "differential",
)

ALL = [case for name in FAMILIES for case in import_module(f"{__name__}.{name}").CASES]
