"""Writes a graph as straight-line Python over the kernels of an adapter.

Walking back from the outputs leaves dead nodes out; equal calls are written once, because the text of a
call is its key (random nodes name a seed of their own, so no two are equal); `del` after the last use
keeps as much memory alive as hand-written code would. Integers that come from shapes are written as NumPy
code (prefix `host_`), so that they are concrete while an engine traces.
"""

import math

import numpy as np

from kswitch.graph import values
from kswitch.graph.random import Seed
from kswitch.graph.walk import postorder

WIDE = frozenset({"float64", "int64", "uint64"})
SKIPPED = frozenset({"identity", "stop_gradient_"})
HOST_OPS = frozenset(values.RULES) - {"identity"}


class Program:
    """A graph as Python source, with what is needed to run it.

    Attributes:
        source: the text; it defines `program`.
        function: `program`, compiled from it.
        inputs, variables: tensors that are its parameters, in order: feeds, then variables read. For an
            adapter whose variables change in place the latter are globals of the text instead.
        updated: variables that get a new value.
        seeds: a Seed for each random node, in the order of the `draws` argument that engines without
            generator state take last.
        wide: whether a 64-bit dtype occurs.
        size: number of lines, nested ones included.
    """

    def __init__(self, writer, text, inputs, variables, updated):
        self.source = text
        self.inputs = inputs
        self.variables = variables
        self.updated = updated
        self.seeds = writer.seeds
        self.wide = writer.wide
        self.size = writer.size
        scope = writer.globals
        exec(compile(text, "<kswitch program>", "exec"), scope)
        self.function = scope.pop("program")


class Block:
    """The body of one def: the names of tensors and texts that are known in it."""

    def __init__(self, parent=None):
        self.names = {} if parent is None else dict(parent.names)
        self.texts = {} if parent is None else dict(parent.texts)
        self.lines = []  # (target or None, text, names used)


class Writer:
    """Writes one program; see `write`."""

    def __init__(self, K, phase):
        self.K = K
        self.adapter = K.adapter
        self.phase = phase
        self.symbolic = K.SYMBOLIC
        self.globals = {}
        self.seeds = []
        self.seed_of = {}
        self.hosted = set()  # names that hold NumPy integers
        self.roots = {}  # name -> names of leaves whose memory it may share
        self.updates = {}  # id of variable -> (variable, name of new value)
        self.items = {}  # id of a node with several results -> those that are used
        self.counter = 0
        self.size = 0
        self.wide = False
        self.fed = {}
        self.variables = []

    # Which tensors matter

    def resolve(self, node):
        """The tensor that a node stands for in this phase: identities and dead branches vanish."""
        while node.op is not None and node.after is None and not node.kept:
            name = node.op.name
            if name in SKIPPED:
                node = node.args[0]
            elif name == "phase_select":
                node = self.chosen(node)
            else:
                break
        return node

    def chosen(self, node):
        """The side of a phase_select that this program is written for."""
        return node.args[0] if self.phase else node.args[1]

    def inputs(self, node):
        """What a node needs in this phase."""
        if node.static is not None and node.op is not None and self.folded(node):
            return ()
        needed = node.inputs
        if node.op is not None and node.op.name == "phase_select":
            needed = (self.chosen(node),)
        found = [self.resolve(x) for x in needed]
        if node.after:
            found.extend(node.after)
        return found

    def folded(self, node):
        return not self.adapter.DYNAMIC_SHAPES and all(
            v is not values.UNKNOWN for v in node.static.ravel()
        )

    # Texts

    def fresh(self, letter="t"):
        self.counter += 1
        return f"{letter}{self.counter}"

    def constant(self, value, dtype, host):
        """The global that holds a constant, as a NumPy array or as the engine's tensor."""
        if not isinstance(value, np.ndarray):
            key = ("native", id(value))
        else:
            key = (value.tobytes(), value.shape, dtype, host)
        name = self.fed.get(key)
        if name is None:
            name = self.fed[key] = self.fresh("h" if host else "c")
            self.globals[name] = value if host else self.adapter.asarray(value, dtype)
            self.roots[name] = frozenset((name,))
            if host:
                self.hosted.add(name)
        return name

    def name(self, block, node, host=False):
        """The text of a tensor as an operand."""
        node = self.resolve(node)
        known = block.names.get(id(node))
        if known is None:
            return self.leaf(block, node, host)
        if known in self.hosted and not host:
            return self.line(block, f"asarray({known}, {node.dtype!r})", (known,), "asarray")
        return known

    def leaf(self, block, node, host):
        if node.op is not None and node.op.name == "constant_":
            host = host and isinstance(node.args[0], np.ndarray)
            return self.constant(node.args[0], node.dtype, host)
        if node.static is not None and node.op is not None and self.folded(node):
            return self.constant(node.static.astype(node.dtype), node.dtype, host)
        if type(node) is self.K.Placeholder and node.default is not None:
            return self.constant(np.asarray(self.phase, node.dtype), node.dtype, host)
        if type(node) is self.K.Variable:
            return self.top.names.get(id(node)) or self.variable(block, node)
        if type(node) is self.K.Placeholder:
            raise ValueError(
                f"the result depends on the placeholder {node!r}, which is not fed: "
                "put it among the inputs of K.function."
            )
        raise ValueError(f"{node!r} belongs to the inside of a loop or branch and has no value outside.")

    def variable(self, block, node):
        name = f"v{len(self.variables)}"
        self.variables.append(node)
        self.top.names[id(node)] = block.names[id(node)] = name
        self.roots[name] = frozenset((name,))
        return name

    def text(self, block, value, used, host, tensor=True):
        """An argument as source. `used` collects the names in it."""
        kind = type(value)
        if kind in self.symbolic:
            name = self.name(block, value, host or not tensor)
            used.append(name)
            return name
        if kind is float and not math.isfinite(value):
            return f"float({str(value)!r})"
        if kind in (int, float, bool, str) or value is None or value is Ellipsis:
            return repr(value) if value is not Ellipsis else "..."
        if kind is tuple:
            inner = [self.text(block, x, used, host, tensor) for x in value]
            return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
        if kind is slice:
            parts = (value.start, value.stop, value.step)
            return f"slice({', '.join(self.text(block, x, used, host, tensor) for x in parts)})"
        if kind is Seed:
            return self.seed(value, used)
        name = self.fed.get(id(value))
        if name is None:
            name = self.fed[id(value)] = self.fresh("p")
            self.globals[name] = value
        return name

    def seed(self, seed, used):
        """The key of a random node: a generator, or made from seed, number of draws and loop index."""
        if id(seed) not in self.seed_of:
            self.seed_of[id(seed)] = len(self.seeds)
            self.seeds.append(seed)
        position = self.seed_of[id(seed)]
        if self.adapter.HAS_GENERATORS:
            name = f"seed{position}"
            self.globals[name] = self.adapter.generator(seed)
            return name
        self.globals["key"] = self.adapter.key
        used.append("draws")
        if self.index:
            used.extend(self.index)
        return f"key({seed.seed}, draws[{position}]{''.join(', ' + i for i in self.index)})"

    # Lines

    def line(self, block, text, used, kernel=None, roots=frozenset()):
        """Writes `name = text` unless that text has a name already; the name."""
        name = block.texts.get(text)
        if name is None:
            name = block.texts[text] = self.fresh()
            block.lines.append((name, text, tuple(used)))
            self.size += 1
            self.roots[name] = roots
            if kernel and kernel not in self.globals:
                self.globals[kernel] = self.kernel(kernel)
        return name

    def kernel(self, name):
        if name.startswith("host_"):
            return self.K.host_kernel(name[5:])
        return self.K.kernel(name)

    def walk(self, block, outputs):
        """Writes all that outputs need."""
        order = postorder([self.resolve(x) for x in outputs], self.inputs, block.names)
        for node in order:
            if node.op is not None and node.op.name == "item" and id(node) not in self.items:
                self.items.setdefault(id(node.args[0]), set()).add(node.args[1])
        for node in order:
            if node.op is not None or type(node) is self.K.Update:
                self.node(block, node)

    def node(self, block, node):
        if node.dtype in WIDE:
            self.wide = True
        if type(node) is self.K.Update:
            return self.update(block, node)
        op = node.op
        if op.name == "constant_" or (node.static is not None and self.folded(node)):
            return None
        if node.after:
            return self.after(block, node)
        return self.call(block, node)

    def call(self, block, node):
        op = node.op
        if node.dtype == "tuple":
            from kswitch.compile import control

            block.names[id(node)] = control.WRITERS[op.name](self, block, node)
            return None
        if op.name == "phase_select":
            block.names[id(node)] = self.name(block, self.chosen(node))
            return None
        if op.name == "item":
            whole = block.names[id(node.args[0])]
            text = f"{whole}[{self.items[id(node.args[0])][node.args[1]]}]"
            block.names[id(node)] = self.line(block, text, (whole,), None, frozenset((whole,)))
            return None
        host = self.on_host(block, node)
        used = []
        parts = []
        for value, kind in zip(node.args, op.kinds, strict=True):
            is_tensor = kind.__name__ in ("Tensor", "Operand", "Floating", "Tensors", "Operands")
            parts.append(self.text(block, value, used, host and op.name != "shape", is_tensor))
        roots = frozenset()
        if op.view and used:
            roots = self.roots.get(used[0], frozenset((used[0],)))
        if op.name in SKIPPED:
            block.names[id(node)] = parts[0]
        elif op.infix:
            block.names[id(node)] = self.line(block, op.infix.format(*parts), used, None, roots)
        else:
            while parts and _is_default(op, len(parts) - 1, node.args):
                parts.pop()
            kernel = f"host_{op.name}" if host else op.name
            text = f"{kernel}({', '.join(parts)})"
            block.names[id(node)] = self.line(block, text, used, kernel, roots)
        if host:
            self.hosted.add(block.names[id(node)])
        return None

    def on_host(self, block, node) -> bool:
        """Whether a node is written as NumPy code: integers, of rank 0 or 1, that come from shapes."""
        name = node.op.name
        if self.adapter.DYNAMIC_SHAPES or len(node.shape) > 1:
            return False
        if name in ("shape", "size"):
            return True
        if name not in HOST_OPS or not node.dtype.startswith(("int", "uint")):
            return False
        found = False
        for x in node.inputs:
            x = self.resolve(x)
            if block.names.get(id(x)) in self.hosted:
                found = True
            elif x.static is None or not self.folded(x) or len(x.shape) > 1:
                return False
        return found

    def update(self, block, node):
        variable, new = node.args
        name = self.name(block, new)
        self.name(block, variable)
        block.names[id(node)] = name
        if id(variable) not in self.updates:
            self.updates[id(variable)] = (variable, name)

    def after(self, block, node):
        """Under K.control_dependencies a node reads the new value of the variables updated there."""
        before = block.names
        new = {id(u.args[0]): before[id(u)] for u in node.after if type(u) is self.K.Update}
        block.names = {**before, **new}
        self.call(block, node)
        before[id(node)] = block.names[id(node)]
        block.names = before

    def write(self, inputs, outputs, updates) -> Program:
        """The program that computes outputs and new values of variables from inputs.

        Args:
            inputs: tensors to be fed.
            outputs: tensors, all computed from the values that variables have before the call.
            updates: `Update` tensors.
        """
        self.top = block = Block()
        self.index = ()
        for i, node in enumerate(inputs):
            block.names[id(node)] = f"x{i}"
            self.roots[f"x{i}"] = frozenset((f"x{i}",))
            if node.dtype in WIDE:
                self.wide = True
        self.walk(block, [*outputs, *updates])
        results = [self.result(block, x) for x in outputs]
        in_place = self.adapter.IN_PLACE
        updated = [variable for variable, _ in self.updates.values()]
        news = [self.new_value(block, v, name) for v, name in self.updates.values()]
        if in_place:
            for variable, name in zip(updated, news, strict=True):
                target = block.names[id(variable)]
                block.lines.append((None, f"assign({target}, {name})", (target, name)))
            self.globals["assign"] = self.adapter.assign
            names = [f"v{i}" for i in range(len(self.variables))]
            self.globals |= {n: v.value for n, v in zip(names, self.variables, strict=True)}
            parameters = [f"x{i}" for i in range(len(inputs))]
            end = f"return {_tuple(results)}"
        else:
            parameters = [f"x{i}" for i in range(len(inputs))]
            parameters += [f"v{i}" for i in range(len(self.variables))]
            if self.seeds:
                parameters.append("draws")
            end = f"return {_tuple(results)}, {_tuple(news)}"
        for variable in self.variables:
            if variable.dtype in WIDE:
                self.wide = True
        lines = [f"def program({', '.join(parameters)}):"]
        lines += body(block, [*results, *news], end)
        return Program(self, "\n".join(lines) + "\n", list(inputs), self.variables, updated)

    def result(self, block, node):
        """The name of an output; a copy where its memory is a variable's, a feed's or a constant's."""
        name = self.name(block, node)
        if self.adapter.IN_PLACE and self.roots.get(name, (name,)):
            return self.line(block, f"copy({name})", (name,), "copy")
        return name

    def new_value(self, block, variable, name):
        """The name of a new value; a copy where another update would overwrite it first."""
        roots = self.roots.get(name, frozenset())
        target = block.names[id(variable)]
        if self.adapter.IN_PLACE and roots - {target}:
            return self.line(block, f"copy({name})", (name,), "copy")
        return name


def body(block, results, end, indent="    "):
    """The lines of a block, with `del` after the last use of each temporary."""
    last = {}
    targets = {target for target, _, _ in block.lines if target}
    for i, (target, _, used) in enumerate(block.lines):
        if target:
            last[target] = i
        for name in used:
            if name in targets:
                last[name] = i
    kept = set(results)
    dead = {}
    for name, i in last.items():
        if name not in kept:
            dead.setdefault(i, []).append(name)
    lines = []
    for i, (target, text, _) in enumerate(block.lines):
        if isinstance(text, list):
            lines.extend(indent + each for each in text)
        else:
            lines.append(f"{indent}{target} = {text}" if target else indent + text)
        if i in dead:
            lines.append(f"{indent}del {', '.join(dead[i])}")
    lines.append(indent + end)
    return lines


def _tuple(names):
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


def _is_default(op, position, args):
    name = op.parameters[position]
    if name not in op.defaults:
        return False
    value, default = args[position], op.defaults[name]
    return type(value) is type(default) and value == default
