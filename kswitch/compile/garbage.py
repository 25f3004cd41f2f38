"""Lets Python's garbage collector rest while a graph is differentiated and written.

All that is made then stays in use: the collector would walk over a long graph again and again, and
find nothing.
"""

import gc
from functools import wraps


def uncollected(function):
    """The function, during which the collector rests."""

    @wraps(function)
    def rested(*args, **kwargs):
        if not gc.isenabled():
            return function(*args, **kwargs)
        gc.disable()
        try:
            return function(*args, **kwargs)
        finally:
            gc.enable()

    return rested
