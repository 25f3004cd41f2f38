"""Writes a graph as straight-line Python over the kernels of an adapter.

Walking back from the outputs leaves dead nodes out; equal calls are written once, because the text
of a call is its key (random nodes name a seed of their own, so no two are equal); `del` after the
last use keeps as much memory alive as hand-written code would.

Integers that come from shapes are written as host code, so that they are plain numbers while an
engine traces: scalars as Python numbers (`x0.shape[0]`), vectors as NumPy arrays (kernels with the
prefix `host_`). An adapter with DYNAMIC_SHAPES has tensors there instead.
"""

import math
import operator

import numpy as np

from kswitch.compile import control, fused, optimizations, reuse, scalars
from kswitch.compile.garbage import uncollected
from kswitch.compile.program import WIDE, Block, Program, body, check_fit, tuple_of
from kswitch.compile.reading import SKIPPED, Reading
from kswitch.compile.reuse import Line
from kswitch.declare import Floating, Operand, Operands, Tensor, Tensors
from kswitch.graph import dtypes, values
from kswitch.graph.random import Seed
from kswitch.graph.walk import postorder

HOST_OPS = (frozenset(values.RULES) | {"divide"}) - {"identity"}
CHOICES = {"maximum": "{0} if {0} > {1} else {1}", "minimum": "{0} if {0} < {1} else {1}"}
OPERAND_KINDS = (Operand, Floating)
TENSOR_KINDS = (Tensor, Operand, Floating, Tensors, Operands)
IN_PLACE = {name: getattr(operator, name) for name in ("iadd", "isub", "imul", "itruediv")}


class Writer:
    """Writes one program; see `write`."""

    def __init__(self, K, phase, names=None, without=(), pure=False):
        """
        Args:
            phase, names: see `Reading`.
            without: optimisations to leave out.
            pure: whether the program takes the values of variables and returns new ones, also where
                the adapter is IN_PLACE.
        """
        self.K = K
        self.pure = pure or not K.adapter.IN_PLACE
        self.enabled = optimizations.ENABLED.difference(without)
        self.adapter = K.adapter
        self.symbolic = K.SYMBOLIC
        self.reading = Reading(K, phase, names or {})
        self.phase = phase
        self.globals = {}
        self.seeds = []
        self.seed_of = {}
        self.hosted = set()  # names of Python numbers and NumPy arrays
        self.roots = {}  # name -> names of leaves whose memory it may share
        self.updates = {}  # id of variable -> (variable, name of new value)
        self.items = {}  # id of a node with several results -> position of each in what is returned
        self.whole = set()  # (id of such a node, position) of results that not only loops slice
        self.index = ()  # loop indices of the enclosing loops
        self.counter = 0
        self.size = 0
        self.wide = False
        self.dynamic = False
        self.widened = getattr(K.adapter, "WIDENED", ())
        self.called = getattr(K.adapter, "CALLED", ())
        self.known = {}  # key of a constant -> name
        self.variables = []
        self.places = {}  # id of a variable -> its name
        self.fused = []

    # Names of operands

    def fresh(self, letter="t"):
        self.counter += 1
        return f"{letter}{self.counter}"

    def name(self, block, node, host=False):
        """The name of a tensor; `host` asks for a Python number or NumPy array where
        there is one.
        """
        node = self.reading.resolve(node)
        known = block.names.get(id(node))
        if known is None:
            return self.leaf(block, node, host)
        if known in self.hosted and not host:
            text = f"asarray({known}, {node.dtype!r})"
            return self.line(block, text, (known,), kernel="asarray", node=node)
        return known

    def leaf(self, block, node, host):
        """The name of what is no result of a call: a constant, variable or the learning phase."""
        if node.op is not None and node.op.name == "constant_":
            return self.constant(
                node.args[0], node.dtype, host and isinstance(node.args[0], np.ndarray)
            )
        if node.op is not None and self.reading.folded(node):
            return self.constant(node.static.astype(node.dtype), node.dtype, host)
        if type(node) is self.K.Variable:
            return self.variable(node)
        if type(node) is self.K.Placeholder and node.default is not None:
            return self.constant(np.asarray(self.phase, node.dtype), node.dtype, host)
        if type(node) is self.K.Placeholder:
            raise ValueError(
                f"the result depends on the placeholder {node!r}, which is not fed: "
                "put it among the inputs of K.function."
            )
        raise ValueError(
            f"{node!r} belongs to the inside of a loop or branch and has no value outside."
        )

    def constant(self, value, dtype, host):
        """The global that holds a constant, as a NumPy array or as the engine's tensor."""
        if isinstance(value, np.ndarray):
            key = (value.tobytes(), value.shape, dtype, host)
        else:
            key = id(value)
        name = self.known.get(key)
        if name is None:
            name = self.known[key] = self.fresh("h" if host else "c")
            self.globals[name] = value if host else self.adapter.asarray(value, dtype)
            self.roots[name] = frozenset((name,))
            if host:
                self.hosted.add(name)
        return name

    def variable(self, node):
        """The name under which a variable's value before the call is read."""
        name = self.places.get(id(node))
        if name is None:
            name = self.places[id(node)] = f"v{len(self.variables)}"
            self.variables.append(node)
            self.roots[name] = frozenset((name,))
            self.wide |= node.dtype in WIDE
        return name

    def text(self, block, value, used, host=False):
        """An argument as source; `used` collects the names in it."""
        kind = type(value)
        if kind in self.symbolic:
            name = self.name(block, value, host)
            used.append(name)
            return name
        if kind is float and not math.isfinite(value):
            return f"float({str(value)!r})"
        if kind is float or kind is int:
            return repr(value) if value >= 0 else f"({value!r})"
        if kind is bool or kind is str or value is None:
            return repr(value)
        if value is Ellipsis:
            return "..."
        if kind is tuple:
            inner = [self.text(block, x, used, host) for x in value]
            return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
        if kind is slice:
            parts = (value.start, value.stop, value.step)
            return f"slice({', '.join([self.text(block, x, used, host) for x in parts])})"
        if kind is Seed:
            return self.seed(value, used)
        name = self.known.get(id(value))
        if name is None:
            name = self.known[id(value)] = self.fresh("p")
            self.globals[name] = value
        return name

    def seed(self, seed, used):
        """The key of a random node: a generator, or made from seed, number of draws and loop
        indices.
        """
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
        used.extend(self.index)
        return f"key({seed.seed}, draws[{position}]{''.join(', ' + i for i in self.index)})"

    # Lines

    def line(self, block, text, used, op=None, kernel=None, parts=(), roots=frozenset(), node=None):
        """Writes `name = text` unless that text has a name already; the name.

        Args:
            used: names in the text.
            op: the op, if an operator or kernel of the name `kernel` is called with `parts`.
            roots: leaves whose memory the value may share. A view's first operand is among `used`.
        """
        name = block.texts.get(text)
        if name is None:
            name = block.texts[text] = self.fresh()
            shared = ()
            if kernel != "copy" and (op is None or op.view or node.dtype == "tuple"):
                shared = tuple(used)
            sizes = dtype = None
            if node is not None:
                sizes, dtype = self.reading.sizes(node), node.dtype
            block.lines.append(Line(name, text, tuple(used), op, parts, sizes, dtype, shared))
            self.size += 1
            self.roots[name] = roots
            if kernel is not None and kernel not in self.globals:
                self.globals[kernel] = self.kernel(kernel)
        return name

    def kernel(self, name):
        if name.startswith("host_"):
            return self.K.host_kernel(name[5:])
        return self.K.kernel(name)

    def walk(self, block, outputs):
        """Writes all that outputs need."""
        reading = self.reading
        outputs = [reading.resolve(x) for x in outputs]
        order = postorder(outputs, reading.inputs, block.names)
        control.note_items(self, block, order, outputs)
        for node in order:
            if node.op is not None or type(node) is self.K.Update:
                self.node(block, node)

    def node(self, block, node):
        self.wide |= node.dtype in WIDE
        if type(node) is self.K.Update:
            self.update(block, node)
        elif node.op.name != "constant_" and not self.reading.folded(node):
            if node.after:
                self.after(block, node)
            else:
                block.names[id(node)] = self.call(block, node)

    def call(self, block, node):
        """Writes a call; the name of its result."""
        op = node.op
        name = op.name
        if name in control.WRITERS:
            return control.WRITERS[name](self, block, node)
        if node.dtype == "tuple":
            self.items[id(node)] = {i: i for i in self.items[id(node)]}
        self.dynamic |= op.dynamic
        if name in SKIPPED:
            return self.name(block, node.args[0], host=True)
        if name == "phase_select":
            return self.name(block, self.reading.chosen(node), host=True)
        if name == "item":
            whole = block.names[id(node.args[0])]
            text = f"{whole}[{self.items[id(node.args[0])][node.args[1]]}]"
            return self.line(block, text, (whole,), roots=self.roots[whole], node=node)
        base = self.reading.size_of(node)
        if base is not None:
            x = self.name(block, base)
            return self.host(self.line(block, f"{x}.shape[{node.args[1][0]}]", (x,)))
        host = self.on_host(block, node)
        if host and name == "size":
            return self.number_of_elements(block, node.args[0])
        args = self.reading.args(node)
        numbers = op.elementwise and self.beside_tensor(block, args, op)
        strong = self.beside_widened(args) if op.elementwise and self.widened else None
        used, parts = [], []
        for value, kind in zip(args, op.kinds, strict=True):
            if strong is not None and type(value) is float:
                value = self.K.record.constant(value, strong)
            free = (host and name not in ("shape", "size")) or kind not in TENSOR_KINDS
            scalar = numbers and kind in OPERAND_KINDS and self.is_number(block, value)
            parts.append(self.operand(block, value, used, free or scalar))
        if host and not node.shape and name == "cast":
            text = f"{'float' if dtypes.is_float(node.dtype) else 'int'}({parts[0]})"
            return self.host(self.line(block, text, used))
        if host and not node.shape and name in CHOICES:
            return self.host(self.line(block, CHOICES[name].format(*parts), used))
        roots = self.roots.get(used[0], frozenset()) if op.view and used else frozenset()
        if op.infix and name not in self.called:
            result = self.line(
                block, op.infix.format(*parts), used, op, None, tuple(parts), roots, node
            )
        else:
            kernel = f"host_{name}" if host else name
            found = self.globals.get(kernel) or self.kernel(kernel)
            if hasattr(found, "__code__"):  # an engine's own function may have other defaults
                while parts and _is_default(op, len(parts) - 1, node.args):
                    parts.pop()
            text = f"{kernel}({', '.join(parts)})"
            result = self.line(block, text, used, op, kernel, tuple(parts), roots, node)
        return self.host(result) if host else result

    def number_of_elements(self, block, x):
        """The product of a tensor's sizes, those that are known as one number."""
        known = math.prod([n for n in x.shape if n is not None])
        x, open_axes = self.name(block, x), [i for i, n in enumerate(x.shape) if n is None]
        factors = [f"{x}.shape[{i}]" for i in open_axes] + ([str(known)] if known != 1 else [])
        return self.host(self.line(block, " * ".join(factors), (x,)))

    def operand(self, block, value, used, host):
        """An argument as source; host vectors only where an integer or a shape is expected."""
        if host and type(value) in self.symbolic and value.ndim:
            name = block.names.get(id(self.reading.resolve(value)))
            host = name not in self.hosted or len(value.shape) <= 1
        return self.text(block, value, used, host)

    def beside_tensor(self, block, args, op) -> bool:
        """Whether an operand is a native tensor: Python numbers can stand beside it,
        but not alone.
        """
        return any(
            kind in OPERAND_KINDS and type(x) in self.symbolic and not self.is_number(block, x)
            for x, kind in zip(args, op.kinds, strict=True)
        )

    def beside_widened(self, args):
        """The dtype that Python floats must be given, because an operand would not keep it beside
        them.
        """
        found = [x.dtype for x in args if type(x) in self.symbolic and x.dtype in self.widened]
        return found[0] if found else None

    def is_number(self, block, value) -> bool:
        """Whether a tensor is a Python number of the host code; a constant is none."""
        if type(value) not in self.symbolic or value.ndim:
            return False
        return block.names.get(id(self.reading.resolve(value))) in self.hosted

    def host(self, name):
        self.hosted.add(name)
        return name

    def on_host(self, block, node) -> bool:
        """Whether a node is host code: integers of rank 0 or 1 from shapes, and scalars made of
        them.
        """
        name = node.op.name
        if self.adapter.DYNAMIC_SHAPES or len(node.shape) > 1:
            return False
        if name in ("shape", "size"):
            return True
        if name not in HOST_OPS:
            return False
        if not dtypes.is_integer(node.dtype) and (node.shape or not dtypes.is_float(node.dtype)):
            return False
        found = False
        for x in self.reading.args(node):
            if type(x) not in self.symbolic and type(x) is not tuple:
                continue
            for each in x if type(x) is tuple else (x,):
                if type(each) not in self.symbolic:
                    continue
                each = self.reading.resolve(each)
                if block.names.get(id(each)) in self.hosted:
                    found = True
                elif len(each.shape) > 1 or not self.reading.folded(each):
                    return False
        return found

    # Updates

    def update(self, block, node):
        variable, new = node.args
        before = block.names
        earlier = self.updated_before(block, node)
        block.names = before | earlier
        name = self.name(block, new)
        block.names = before
        self.variable(variable)
        if None in new.shape and not self.adapter.DYNAMIC_SHAPES:
            self.globals["check_fit"] = check_fit
            text = f"check_fit({name}, {variable.shape}, {variable.name!r})"
            block.lines.append(Line(None, [text], (name,)))
        block.names[id(node)] = name
        if id(variable) not in self.updates or id(variable) in earlier:
            self.updates[id(variable)] = (variable, name)

    def after(self, block, node):
        """Under K.control_dependencies a node reads the new value of the variables
        updated there.
        """
        before = block.names
        block.names = before | self.updated_before(block, node)
        result = self.call(block, node)
        block.names = before
        block.names[id(node)] = result

    def updated_before(self, block, node):
        """id of variable -> name of its new value, for the updates that a node waits for."""
        new = {}
        waiting = list(node.after or ())
        while waiting:
            other = waiting.pop()
            if type(other) is self.K.Update:
                new.setdefault(id(other.args[0]), block.names[id(other)])
            waiting.extend(other.after or ())
        return new

    # The whole

    @uncollected
    def write(self, inputs, outputs, updates) -> Program:
        """The program that computes outputs and new values of variables from inputs.

        Args:
            inputs: tensors to be fed.
            outputs: tensors, all computed from the values that variables have before the call.
            updates: `Update` tensors.
        """
        block = Block()
        for i, node in enumerate(inputs):
            block.names[id(node)] = f"x{i}"
            self.roots[f"x{i}"] = frozenset((f"x{i}",))
            self.wide |= node.dtype in WIDE
        rest = updates
        if updates and "fused" in self.enabled:
            self.fused, rest = fused.find(self.K, self.reading, updates)
        if hasattr(self.adapter, "number") and "scalars" in self.enabled:
            for call in self.fused:
                call.arguments = [scalars.find(self, x) for x in call.arguments]
        arguments = [x for call in self.fused for x in call.arguments if type(x) in self.symbolic]
        self.walk(block, [*outputs, *rest, *arguments])
        self.take_back(block)
        results = [self.result(block, x) for x in outputs]
        updated = [variable for variable, _ in self.updates.values()]
        calls = [self.fused_call(block, call) for call in self.fused]
        feeds = [f"x{i}" for i in range(len(inputs))]
        if self.adapter.IN_PLACE:
            results = self.separate(block, results)
        if not self.pure:
            lines = self.assign(block, inputs, results, self.fused_lines(calls))
            parameters, end = feeds, f"return {tuple_of(results)}"
            self.globals |= {f"v{i}": v.value for i, v in enumerate(self.variables)}
            self.globals |= IN_PLACE
            kept = results
        else:
            lines = block.lines
            # in the order of the parameters: an engine that may write over the old values takes the
            # first that fits for each new one, and copies where a later one still reads it
            places = {id(variable): i for i, variable in enumerate(self.variables)}
            pairs = sorted(self.updates.values(), key=lambda pair: places[id(pair[0])])
            updated = [variable for variable, _ in pairs]
            news = [self.unfed(block, name) for _, name in pairs]
            parameters = feeds + [f"v{i}" for i in range(len(self.variables))]
            parameters += ["draws"] if self.seeds and not self.adapter.IN_PLACE else []
            end = f"return {tuple_of(results)}, {tuple_of(news)}"
            kept = [*results, *news]
            if calls:
                end += f", {tuple_of([tuple_of(text) for text, _ in calls])}"
                kept += [name for _, used in calls for name in used]
        text = [f"def program({', '.join(parameters)}):", *body(lines, kept, end)]
        return Program(self, "\n".join(text) + "\n", list(inputs), updated)

    def take_back(self, block):
        """Writes the updates of a fused call one by one where other tensors wait for one of
        them.
        """
        for call in self.fused:
            if any(id(v) in self.updates for v in call.variables):
                self.walk(block, call.updates)
        self.fused = [c for c in self.fused if id(c.variables[0]) not in self.updates]

    def fused_call(self, block, call):
        """The texts of a fused call's arguments, and the names in them; copies of what shares
        memory with a variable that another call may change first.
        """
        texts, used = [], []
        changed = [v for v, _ in self.updates.values()]
        changed += [v for other in self.fused for v in other.variables]
        places = {self.variable(v) for v in changed}
        for x in call.arguments:
            if type(x) is scalars.Number:
                texts.append(scalars.write(self, block, x, used))
                continue
            text = self.text(block, x, used)
            if self.adapter.IN_PLACE and not places.isdisjoint(self.roots.get(text, ())):
                text = used[-1] = self.line(block, f"copy({text})", (text,), kernel="copy")
            texts.append(text)
        return texts, used

    def result(self, block, node):
        """The name of an output; a copy where its memory is a variable's, a feed's or a
        constant's.
        """
        name = self.name(block, node)
        if self.adapter.IN_PLACE and self.roots.get(name, (name,)):
            return self.line(block, f"copy({name})", (name,), kernel="copy")
        return name

    def separate(self, block, results):
        """The names of the outputs, copies of those that may share the memory of an earlier one."""
        homes = reuse.homes(block.lines)
        taken = set()
        separate = []
        for name in results:
            found = homes.get(name, {name})
            if not found.isdisjoint(taken):
                self.globals["copy"] = self.kernel("copy")
                line = Line(self.fresh(), f"copy({name})", (name,))
                block.lines.append(line)
                name = line.target
            taken |= found
            separate.append(name)
        return separate

    def unfed(self, block, name):
        """The name of a variable's new value; a copy where its memory may be that of a feed, or of
        a variable that changes in place.
        """
        roots = self.roots.get(name, (name,))
        shared = roots if self.adapter.IN_PLACE else [r for r in roots if r.startswith("x")]
        if shared and hasattr(self.adapter, "copy"):
            return self.line(block, f"copy({name})", (name,), kernel="copy")
        return name

    def fused_lines(self, calls):
        lines = []
        for call, (text, used) in zip(self.fused, calls, strict=True):
            self.globals[call.kernel] = getattr(self.adapter, call.kernel)
            places = [self.variable(v) for v in call.variables]
            text = f"{call.kernel}({', '.join([*places, *text])})"
            line = Line(None, [text], (*places, *used))
            if call.kernel in getattr(self.adapter, "SPARING", ()):
                line.spare = used[0]
            lines.append(line)
        return lines

    def assign(self, block, inputs, results, calls):
        """All lines, with the calls that change variables, and their assignments, at the end."""
        self.globals["assign"] = self.adapter.assign
        pairs = []
        for variable, name in self.updates.values():
            target = self.variable(variable)
            if name != target and self.roots.get(name):
                name = self.line(block, f"copy({name})", (name,), kernel="copy")
            pairs.append((target, name, variable))
        news = [name for _, name, _ in pairs]
        loose = [f"x{i}" for i, x in enumerate(inputs) if None in x.shape]
        head, tail = reuse.split(block.lines, results, loose)
        lines = [*head, *tail, *calls]
        owned = [(target, name, v.shape, v.dtype) for target, name, v in pairs]
        places = {}
        if "in_place" in self.enabled:
            places = reuse.write_over(lines, {*results, *news}, owned, len(head))
        for target, name, _ in pairs:
            if places.get(name) != target:
                lines.append(Line(None, [f"assign({target}, {name})"], (target, name)))
        return lines


def _is_default(op, position, args):
    name = op.parameters[position]
    if name not in op.defaults:
        return False
    value, default = args[position], op.defaults[name]
    return type(value) is type(default) and value == default
