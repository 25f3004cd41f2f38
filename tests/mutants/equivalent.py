"""Mutants that do nothing wrong, and why: they are not counted.

The list is strict: a line that fits no mutant, or one that the suite notices, is an error.
"""

from fnmatch import fnmatchcase

NAME = "the name is taken for compatibility and ignored, as the documentation says"
RANDOM = "one random number of many, 1 % larger, is as random as before"
SESSIONS = "it always raises: what is declared missing is missing"
ZERO = "the gradient is 0, and stays so"
SIZES = "what is frozen is frozen for one shape, which is all that the result depends on"
CONVERTED = "the array has that dtype, and is a copy, before the adapter sees it"

# pattern of Mutant.name -> the reason
EQUIVALENT = {
    "function backend: frozen constant: the first value": "a backend never changes its name",
    "function foldl: ignored option: name": NAME,
    "function foldr: ignored option: name": NAME,
    "function identity: ignored option: name": NAME,
    "function map_fn: ignored option: name": NAME,
    "function ones_like: ignored option: name": NAME,
    "function size: ignored option: name": NAME,
    "function zeros_like: ignored option: name": NAME,
    "kernel identity: ignored option: name": NAME,
    "kernel size: ignored option: name": NAME,
    "function get_graph: stale declaration: works": SESSIONS,
    "function get_session: stale declaration: works": SESSIONS,
    "function set_session: stale declaration: works": SESSIONS,
    "function random_uniform: value: last element": RANDOM,
    "function random_uniform_variable: value: last element": RANDOM,
    "kernel standard_*: value: last element": RANDOM,
    "function rnn: ignored option: input_length": "the number of steps is that of the input",
    "function sign: wrong gradient: off by 1 %": ZERO,
    "function sign: wrong gradient: zero": ZERO,
    "rule sign by x: wrong gradient: off by 1 %": ZERO,
    "rule sign by x: wrong gradient: zero": ZERO,
    "kernel shape: frozen constant: the first value": SIZES,
    "kernel size: frozen constant: the first value": SIZES,
    "kernel asarray: dtype: of the array": CONVERTED,
    "kernel new_variable: dtype: of the array": CONVERTED,
    "kernel new_variable: aliased result: the memory of the array that was given": CONVERTED,
}


def reason(name):
    """The pattern that a mutant's name fits, or None."""
    return next((pattern for pattern in EQUIVALENT if fnmatchcase(name, pattern)), None)
