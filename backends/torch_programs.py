"""Runs programs in PyTorch: as they are, without gradients, or compiled by inductor."""

import torch
from kswitch.backends import torch_updates as updates
from kswitch.backends.torch_arguments import shared

from kswitch import foreign


def compile(program):
    return _runner(program.function)


def jit_compile(program):
    """As `compile`, through inductor, which gets a pure program: variables change after it.

    Random numbers come from generators, which inductor leaves out.
    """
    function = torch.compile(program.function, fullgraph=not program.seeds)

    def run(*feeds):
        values = [variable.value for variable in program.variables]
        outputs, new, *arguments = function(*feeds, *values)
        for variable, value in zip(program.updated, new, strict=True):
            variable.value.copy_(value)
        for call, given in zip(program.fused, *(arguments or [()]), strict=True):
            getattr(updates, call.kernel)(*[v.value for v in call.variables], *given)
        return outputs

    return _runner(run)


def _runner(function):
    device = torch.get_default_device()
    switch_gradients = torch._C._set_grad_enabled  # torch.no_grad() as a context takes 1 µs more

    def feed(x):
        if not isinstance(x, torch.Tensor):
            x = shared(x)
        return x if device.type == "cpu" else x.to(device)

    def run(feeds):
        before = torch.is_grad_enabled()
        switch_gradients(False)
        try:
            return function(*map(feed, feeds))
        finally:
            switch_gradients(before)

    return run


def evaluate(program):
    with torch.no_grad():
        return program.function()


def trace(function):
    torch._dynamo.reset()  # it gives up a function that it has traced too often
    return torch.compile(function, fullgraph=True, backend="eager", dynamic=False)


def inline(program, feeds):
    return program.function(*feeds)


def inline_value(variable):
    return variable.value


class Protocols:
    """What torch asks of a symbolic tensor that one of its own functions got."""

    __slots__ = ()

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        """The function on the values; an operator that meets a placeholder is recorded by K."""
        K = cls.K
        values = [foreign.inline(K, x) if type(x) in K.SYMBOLIC else x for x in args]
        op = OPERATORS.get(function.__name__)
        if op is not None and len(args) == 2 and any(v is None for v in values):
            return getattr(K, op)(*args)
        who = f"torch's {function.__name__}()"
        values = [_inlined(K, x, who) for x in args]
        kwargs = {name: _inlined(K, x, who) for name, x in (kwargs or {}).items()}
        return function(*values, **kwargs)


# torch's name of an operator -> K's: tensor * symbolic calls Tensor.mul
OPERATORS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "__truediv__": "divide",
    "__floordiv__": "floor_divide",
    "floor_divide": "floor_divide",
    "remainder": "mod",
    "__pow__": "pow",
    "pow": "pow",
    "matmul": "matmul",
    "__matmul__": "matmul",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "__and__": "logical_and",
    "__or__": "logical_or",
    "__xor__": "not_equal",
}


def _inlined(K, x, who):
    if type(x) in (list, tuple):
        return type(x)([_inlined(K, each, who) for each in x])
    return foreign.boundary(K, x, who) if type(x) in K.SYMBOLIC else x
