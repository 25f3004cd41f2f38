"""The conformance suite: what every backend must do, checked on any of them.

    python -m kswitch.conformance torch
    python -m kswitch.conformance my_package.my_module -k conv2d -x

`case` says what a case is, `cases` holds them, one module a family of functions, `oracle` the slow
and obvious NumPy code for expected values. `modes` runs a case in one way: natively, through
K.eval, through K.function, with an unknown batch size, against finite differences. `suite` are the
tests, `plugin` tells pytest about the backend, `results` counts.
"""
