"""The commands, one file each: `add_arguments(parser)` declares the options, `run(options)` works.

`run` returns the exit status. None of these files imports an engine, or anything heavy, at the top.
"""


class CommandError(Exception):
    """What went wrong, for the person at the terminal: shown as text, with exit status 2."""
