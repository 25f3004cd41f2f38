"""A compiled program, and the bodies of the defs in its text."""

from kswitch.compile import reuse

WIDE = frozenset({"float64", "int64", "uint64"})


class Program:
    """A graph as Python source, with what is needed to run it.

    Attributes:
        source: the text; it defines `program`.
        function: `program`, compiled from it.
        inputs: tensors that are fed; the first parameters.
        variables: variables that are read or updated: the next parameters. If not pure they are
            globals of the text instead, and the text assigns them.
        updated: variables that get a new value; a pure program returns the new
            values.
        seeds: a Seed for each random node, in the order of the parameter `draws`, the last one,
            that adapters without generators have.
        wide: whether a 64-bit dtype occurs.
        dynamic: whether the shape of some result depends on values: engines that trace run it
            eagerly.
        size: number of calls, those in nested defs included.
        fused: updates that are one call each: a list of `kswitch.compile.fused.Fused`. A pure
            program returns a tuple of arguments for each, after the new values.
        kernels: names of the kernels that it calls.
    """

    def __init__(self, writer, text, inputs, updated):
        self.source = text
        self.inputs = inputs
        self.variables = writer.variables
        self.updated = updated
        self.seeds = writer.seeds
        self.wide = writer.wide
        self.dynamic = writer.dynamic
        self.size = writer.size
        self.fused = writer.fused
        scope = writer.globals
        self.kernels = frozenset(scope)
        exec(compile(text, "<kswitch program>", "exec"), scope)
        self.function = scope.pop("program")


class Block:
    """The body of one def: the names of tensors and texts that are known in it."""

    def __init__(self, parent=None):
        self.names = {} if parent is None else dict(parent.names)
        self.texts = {} if parent is None else dict(parent.texts)
        self.lines = []


def body(lines, kept, end, indent="    "):
    """The lines of a def, with `del` after the last use of each temporary."""
    last = reuse.last_uses(lines, kept)
    dead = {}
    for line in lines:
        if line.target and last[line.target] < len(lines):
            dead.setdefault(last[line.target], []).append(line.target)
    text = []
    for i, line in enumerate(lines):
        if line.target is None:
            text.extend(indent + each for each in line.text)
        else:
            text.append(f"{indent}{line.target} = {line.text}")
        if i in dead:
            text.append(f"{indent}del {', '.join(dead[i])}")
    text.append(indent + end)
    return text


def check_fit(x, shape, name):
    """Raises ValueError if x cannot be the new value of a variable of that shape."""
    if tuple(x.shape) != shape:
        raise ValueError(
            f"update(): the variable {name!r} of shape {shape} cannot take a value of shape "
            f"{tuple(x.shape)}."
        )


def tuple_of(names):
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"
