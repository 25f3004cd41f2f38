"""The conformance suite: what every backend must do, checked on any of them.

    python -m kswitch.conformance torch
    python -m kswitch.conformance my_package.my_module -k conv2d -x

`case` says what a case is, `cases` holds them, one module a family of functions, `oracle` the slow
and obvious NumPy code for expected values. `modes` runs a case in one way: natively, through
K.eval, through K.function, with an unknown batch size, against finite differences. `suite` are the
tests, `plugin` tells pytest about the backend, `results` counts, `progress` shows how far it is,
`reports` writes and merges what was found.

A module of somebody's own functions has no native mode: its tensors are symbolic or not, as it
likes. What any backend cannot do stands in its `UNSUPPORTED`, with the reason:

    UNSUPPORTED = {
        "ctc_decode": "no beam search in our library",                 an op
        "float16": "our library has no half precision",               a dtype
        "rnn-*-gradient": "its loops have no second derivatives",      a check; * is any text
    }

Calls of such an op, and of any op with such a dtype, must raise NotImplementedError; a check that
is named must fail, in whatever way. A line that is no longer true fails the suite, and so does one
that names nothing.
"""
