"""Loops and branches in PyTorch: Python's own."""

import torch


def _owned(branch):
    """A branch whose results are no tensors from outside, which torch.cond refuses."""

    def call():
        results = branch()
        if isinstance(results, (tuple, list)):
            return [torch.clone(x) for x in results]
        return torch.clone(results)

    return call


def cond(predicate, then, otherwise):
    if torch.compiler.is_compiling():
        return torch.cond(predicate, _owned(then), _owned(otherwise), ())
    return then() if predicate else otherwise()


def scan(step, xs, init, length=None, reverse=False, indexed=False, listed=0):
    columns = [x if type(x) is tuple else x.unbind(0) for x in xs]
    count = len(columns[0]) if length is None else int(length)
    steps = range(count)
    states = tuple(init)
    outputs = []
    for t in reversed(steps) if reverse else steps:
        states, out = step(*states, *[column[t] for column in columns])
        outputs.append(out)
    if not outputs:
        _, out = step(*states, *[x.new_zeros(x.shape[1:]) for x in xs])
        return (*init, *[y.new_zeros((0, *y.shape)) for y in out])
    if reverse:
        outputs.reverse()
    stacked = list(zip(*outputs, strict=True))
    whole = len(stacked) - listed
    return (*states, *[torch.stack(column) for column in stacked[:whole]], *stacked[whole:])
