"""Keyword names of Keras 1, understood for programs that still use them.

`dim_ordering="tf"` is data_format="channels_last", "th" is "channels_first"; `border_mode` is
`padding`, `dim` is `axis`. Shapes that only Theano's compiler needed are ignored. Kernels are laid
out as in Keras 2 whatever the data format: (window..., channels, filters), not flipped.
"""

import functools

ORDERINGS = {"tf": "channels_last", "th": "channels_first"}
_WINDOWED = {"border_mode": "padding", "dim_ordering": "data_format"}
_CONVOLUTION = {**_WINDOWED, "image_shape": None, "volume_shape": None, "filter_shape": None}

NAMES = {
    **{name: _CONVOLUTION for name in ("conv2d", "conv3d", "conv2d_transpose", "conv3d_transpose")},
    **dict.fromkeys(("pool2d", "pool3d"), _WINDOWED),
    **dict.fromkeys(
        ("spatial_2d_padding", "spatial_3d_padding", "resize_volumes", "bias_add"),
        {"dim_ordering": "data_format"},
    ),
    "resize_images": {"X": "x", "dim_ordering": "data_format"},
    "expand_dims": {"dim": "axis"},
}


def accept(function):
    """The public function, which also takes the old keywords of that name."""
    names = NAMES.get(function.__name__)
    if names is None:
        return function

    @functools.wraps(function)
    def call(*args, **kwargs):
        if kwargs:
            kwargs = _translated(names, kwargs)
        return function(*args, **kwargs)

    return call


def _translated(names, kwargs):
    result = {}
    for key, value in kwargs.items():
        new = names.get(key, key)
        if new is not None:
            result[new] = ORDERINGS.get(value, value) if key == "dim_ordering" else value
    return result
