"""K.function and K.eval: feeds in, NumPy arrays out."""

import numpy as np

from kswitch.compile.source import Writer
from kswitch.graph.record import numpy_dtype
from kswitch.ops import sparse


class Function:
    """A compiled graph, called with a list of values, one for each input.

    All outputs and all new values of variables are computed from the state before the call; then
    the variables are assigned. The learning phase is fed as an input, or taken from
    K.set_learning_phase, or 0; each phase has a program of its own.

    Attributes:
        inputs, outputs, updates: what it was made from.
        name: shown in its repr.
        jit_compile: whether the engine's optimising compiler is used.
    """

    def __init__(self, K, inputs, outputs, updates, name, single, jit_compile=False):
        self.K = K
        self.jit_compile = jit_compile
        self.inputs = inputs
        self.outputs = outputs
        self.updates = updates
        self.name = name
        self.single = single
        self.phase_input = next(
            (i for i, x in enumerate(inputs) if getattr(x, "default", None) is not None), None
        )
        self.fed = [x for i, x in enumerate(inputs) if i != self.phase_input]
        self.has_sparse = any(type(x) is K.Sparse for x in self.fed)
        self.feeds = [p for x in self.fed for p in (x.inputs if type(x) is K.Sparse else (x,))]
        self.checks = [(x.dtype, numpy_dtype(x.dtype), x.shape, x.name) for x in self.feeds]
        entries = {id(p) for x in self.fed if type(x) is K.Sparse for p in x.inputs[:3]}
        self.batches = [
            i
            for i, x in enumerate(self.feeds)
            if x.shape and x.shape[0] is None and id(x) not in entries
        ]
        self.runs = {}
        self.programs = {}
        self.last = None, None  # the kinds of the last values that were fed as they are; what ran

    def __repr__(self):
        return f"<K.function {self.name!r}: {len(self.inputs)} inputs, {len(self.outputs)} outputs>"

    @property
    def source(self) -> str:
        """The Python text that runs for the current learning phase."""
        key = (self.K.phase_value(), True)
        self.run(key)
        return self.programs[key].source

    def run(self, key):
        """The engine's callable for (learning phase, whether all batches fed are of one size).

        It is compiled on first use. With one batch size much broadcasting need not be undone.
        """
        found = self.runs.get(key)
        if found is None:
            phase, aligned = key
            first = [self.feeds[i].sizes[0] for i in self.batches]
            names = dict.fromkeys(first[1:], first[0]) if aligned and first else {}
            adapter = self.K.adapter
            jit = self.jit_compile and hasattr(adapter, "jit_compile")
            # a compiler writes over what dies by itself, and cannot read a number from a tensor
            without = ("in_place", "scalars") if jit else ()
            writer = Writer(self.K, phase, names, without, pure=jit)
            program = writer.write(self.feeds, self.outputs, self.updates)
            self.programs[key] = program
            found = adapter.jit_compile(program) if jit else adapter.compile(program)
            self.runs[key] = found
        return found

    def aligned(self, feeds) -> bool:
        """Whether all feeds whose first size was left open have the same one."""
        return len({feeds[i].shape[0] for i in self.batches}) <= 1

    def __call__(self, inputs=()):
        if not isinstance(inputs, (list, tuple)):
            raise TypeError(f"{self!r} is called with one list of values, got {inputs!r}.")
        if len(inputs) != len(self.inputs):
            if len(inputs) != len(self.fed):
                raise ValueError(
                    f"{self!r} takes {len(self.inputs)} values, one for each input "
                    f"({', '.join(x.name for x in self.inputs)}), got {len(inputs)}."
                )
            phase, values = self.K.phase_value(), inputs
        elif self.phase_input is None:
            phase, values = self.K.phase_value(), inputs
        else:
            values = list(inputs)
            phase = 1 if values.pop(self.phase_input) else 0
        try:
            kinds = phase, [(type(x), x.dtype, x.shape) for x in values]
        except AttributeError:  # lists and numbers
            kinds = None
        last, run = self.last
        if kinds is not None and kinds == last:
            feeds = [*values]
        else:
            run, feeds = self.prepare(phase, values, kinds)
        to_numpy = self.K.adapter.to_numpy
        arrays = [to_numpy(x) for x in run(feeds)]
        return arrays[0] if self.single else arrays

    def prepare(self, phase, values, kinds):
        """What is run for some values, and what it is fed. Where that is the values as they are, it
        needs not be found out again for others of these kinds.
        """
        if self.has_sparse:
            values = self.parts(values)
        feeds = [self.feed(v, *c) for v, c in zip(values, self.checks, strict=True)]
        run = self.run((phase, len(self.batches) < 2 or self.aligned(feeds)))
        if not self.has_sparse and all(a is b for a, b in zip(feeds, values, strict=True)):
            self.last = kinds, run
        return run, feeds

    def parts(self, values):
        """The values that are fed, with each matrix for a sparse input as its parts."""
        result = []
        for x, value in zip(self.fed, values, strict=True):
            result.extend(sparse.feeds(value, x.dtype) if type(x) is self.K.Sparse else (value,))
        return result

    def feed(self, value, dtype, array_dtype, shape, name):
        """A value as the program takes it: checked against the static shape, of the
        input's dtype.
        """
        if type(value) is not np.ndarray:
            adapter = self.K.adapter
            if adapter.is_native(value) and not isinstance(value, np.generic):
                if adapter.native_dtype(value) != dtype:
                    value = adapter.cast(value, dtype)
                _check_shape(adapter.native_shape(value), shape, name)
                return value
            if type(value) in self.K.SYMBOLIC:
                value = self.K.eval(value)
            try:
                value = np.asarray(value, array_dtype)
            except (TypeError, ValueError) as error:
                raise type(error)(f"cannot feed {value!r} for {name!r}: {error}") from error
        if value.dtype != array_dtype:
            value = value.astype(array_dtype)
        if value.shape != shape:
            _check_shape(value.shape, shape, name)
        return value


def _check_shape(given, expected, name):
    if len(given) != len(expected) or any(
        b is not None and a != b for a, b in zip(given, expected, strict=True)
    ):
        raise ValueError(
            f"cannot feed a value of shape {given} for {name!r}, which has shape {expected}."
        )


def evaluate(K, x):
    """The value of a symbolic tensor that needs no feed; the graph is run as it is, not
    compiled.
    """
    if type(x) is K.Sparse:
        x = K.to_dense(x)
    updates = [x] if type(x) is K.Update else []
    program = Writer(K, K.phase_value()).write([], [x], updates)
    return K.adapter.to_numpy(K.adapter.evaluate(program)[0])
