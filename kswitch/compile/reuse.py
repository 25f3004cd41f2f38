"""Lines of a program, and where one may write over an operand that is not read again.

Only for adapters whose variables change in place. A temporary that dies is written over by the
result of `+ - * /`; a variable is changed by its own update (`v0 -= t`), at the end of the program,
where nothing can fail any more: a call that raises leaves all variables as they were.
"""

from kswitch.graph import dtypes

WRITES = {"{} + {}": "iadd", "{} - {}": "isub", "{} * {}": "imul", "{} / {}": "itruediv"}
EITHER_SIDE = frozenset({"iadd", "imul"})
SAFE = frozenset(
    {
        "negative",
        "pow",
        "maximum",
        "minimum",
        "clip",
        "square",
        "abs",
        "sign",
        "sqrt",
        "exp",
        "log",
        "where",
    }
)


class Line:
    """One statement.

    Attributes:
        target: the name it gives a value, None for a nested def or an assignment.
        text: what stands right of `=`, or a list of lines that stand as they are.
        used: names that it reads.
        op: the op that is called, None for what is no call.
        parts: the texts of its arguments.
        sizes, dtype: of the value, see `kswitch.graph.sizes`; sizes as the program's reading names
            them.
        roots: names whose memory the value may share: itself where it has memory of its own.
        spare: in a call that changes variables, the operand that it could write over.
    """

    __slots__ = ("dtype", "op", "parts", "roots", "sizes", "spare", "target", "text", "used")

    def __init__(self, target, text, used, op=None, parts=(), sizes=None, dtype=None, roots=()):
        self.target = target
        self.text = text
        self.used = used
        self.op = op
        self.parts = parts
        self.sizes = sizes
        self.dtype = dtype
        self.roots = roots or ((target,) if target else ())
        self.spare = None


def last_uses(lines, kept):
    """name -> the position of the last line that reads it; len(lines) for names that are kept."""
    last = {}
    for i, line in enumerate(lines):
        if line.target:
            last.setdefault(line.target, i)
        for name in line.used:
            last[name] = i
    last.update(dict.fromkeys(kept, len(lines)))
    return last


def homes(lines):
    """name -> the names whose memory its value may lie in: itself where it has its own."""
    found = {}
    for line in lines:
        if line.target:
            found[line.target] = {h for r in line.roots for h in found.get(r, (r,))}
    return found


def write_over(lines, kept, owned=(), start=0):
    """Lets lines write over operands that die in them.

    Args:
        lines: the statements of a block, changed where they are.
        kept: names that are read after the block.
        owned: (name, name of the new value, sizes, dtype) of variables whose old value may be
            written over from the line at `start` on.

    Returns:
        name -> the name whose memory it fills.
    """
    last = last_uses(lines, kept)
    homes = {}  # name -> the names whose memory it may lie in
    kinds = {}  # name -> (sizes, dtype) where it fills memory that may be written over
    ends = {}  # home -> the last line that reads any name of it
    final = {name: new for name, new, _, _ in owned}
    for i, line in enumerate(lines):
        if i == start:
            for name, _, sizes, dtype in owned:
                kinds[name] = (sizes, dtype)
                ends[name] = max(ends.get(name, -1), last.get(name, -1))
        if line.target is None:
            if line.spare in homes and line.spare in kinds:  # it is no variable
                (home,) = homes[line.spare]
                if ends[home] <= i:
                    (call,) = line.text
                    line.text = [f"{call[:-1]}, True)"]
            continue
        chosen = _choice(line, i, homes, kinds, ends)
        if chosen is not None:
            write, name, other = chosen
            (home,) = homes.get(name, (name,))
            if line.target in kept and final.get(home, line.target) != line.target:
                chosen = (
                    None  # another variable's new value would be lost when this one is assigned
                )
        if chosen is not None:
            line.text = f"{write}({name}, {other})"
            homes[line.target] = (home,)
        else:
            homes[line.target] = {h for r in line.roots for h in homes.get(r, (r,))}
        if chosen is not None or line.roots == (line.target,):
            kinds[line.target] = (line.sizes, line.dtype)
        for home in homes[line.target]:
            ends[home] = max(ends.get(home, -1), last[line.target])
    return {name: home for name in (*kinds, *final) for home in homes.get(name, (name,))}


def _choice(line, i, homes, kinds, ends):
    """(in-place operator, operand to write over, other operand), or None."""
    write = None if line.op is None or line.op.infix is None else WRITES.get(line.op.infix)
    if write is None or not line.sizes or not dtypes.is_float(line.dtype):
        return None
    first, second = line.parts
    candidates = [(first, second)]
    if write in EITHER_SIDE:
        candidates.append((second, first))
    for name, other in candidates:
        if kinds.get(name) != (line.sizes, line.dtype):
            continue
        (home,) = homes.get(name, (name,))
        if ends[home] <= i and home not in homes.get(other, (other,)):
            return write, name, other
    return None


def split(lines, results, loose):
    """(lines that may fail or that results need, element-wise lines that only updates need).

    Args:
        lines: the statements.
        results: names that are returned.
        loose: names of feeds whose sizes are not all known.
    """
    loose = {*loose, *(line.target for line in lines if not _settled(line.sizes))}
    tail = set()
    needed = set(results)
    for i in range(len(lines) - 1, -1, -1):
        line = lines[i]
        safe = (
            line.target is not None
            and line.target not in needed
            and line.op is not None
            and (line.op.infix in WRITES or (line.op.name in SAFE and dtypes.is_float(line.dtype)))
            and line.target not in loose
            and loose.isdisjoint(line.used)
        )
        if safe:
            tail.add(i)
        else:
            needed.update(line.used)
    head = [line for i, line in enumerate(lines) if i not in tail]
    return head, [line for i, line in enumerate(lines) if i in tail]


def _settled(sizes) -> bool:
    """Whether all sizes are known."""
    return sizes is not None and all(type(n) is int and n >= 0 for n in sizes)
