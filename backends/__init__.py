"""The built-in adapters, and what an adapter is.

An adapter is a module of kernels and hooks. `kswitch.dispatch.bind(name, adapter)` makes a K
namespace of it: the symbolic graph, gradients, K.function and all composites come from kswitch.

Anybody's module is one if it says `KSWITCH_ADAPTER = True`; its path is the backend's name. It must
have the hooks `is_native`, `asarray` and `to_numpy`, and should have the kernels that
`kswitch.backends.adapter.KERNELS` lists, eighteen of them: what else it leaves out is made of these
(`kswitch.backends.defaults`). A kernel that there is not raises NotImplementedError when a result
that needs it is computed. Every public name in the module that is that of a kernel or hook is taken
for it. The built-in adapters are the four fast ones, and bring everything themselves.

Kernels: for each op of `kswitch.ops` (not the composites) a function of the op's name and
parameters on native tensors. What it can rely on when it is called from a compiled graph:

- operands (`Operand`, `Floating`) have one dtype; some may be Python numbers, but never all (of
  `where` both may, and give floatx);
- a Tensor parameter is a native tensor; a DType is a name such as "float32"; an axis is what the
  user gave (None, an int, a sequence of ints, possibly negative), already checked;
- a Shape is a tuple of ints (or NumPy integers); with DYNAMIC_SHAPES its entries may be native
  scalars;
- results have the dtype and shape that the op's static rule says: sum keeps its dtype, argmax is
  int64.

Called natively, kernels get what the user gave, and follow the engine's own promotion; a shape may
then be a native tensor, too. An infix op needs no kernel where the operator itself does the right
thing. Native tensors have `.shape` and the operators + - * / // % < <= > >= == != & | ~, also
beside Python numbers. What the engine cannot have is listed in `UNSUPPORTED`, see
`kswitch.conformance`.

Hooks and constants; those marked * have a default, which is given after the dash:

    IN_PLACE *        variables are changed in place: new values are stored with `assign` - False
    DYNAMIC_SHAPES *  sizes are tensors while a graph is traced (TensorFlow); else they are ints
                      - False
    HAS_GENERATORS *  random kernels take a generator with state; else a key made by `key` - True,
                      the generators are NumPy's
    LISTS *           whether `scan` can leave outputs as tuples of slices, and take such as xs -
                      False
    NATIVE *          the type of most native tensors: calls on such are told first - none
    CALLED *          names of ops whose kernels do what the engine's operators do not - none
    SPARING *         names of updates that take a last argument: whether they may write over the
                      gradient - none
    WIDENED *         dtypes that the engine's operators do not keep beside a Python float - none
    UNSUPPORTED *     name of an op or a dtype -> why the engine cannot have it: asking for it is a
                      NotImplementedError - nothing
    version() *       the engine's version, a str - the module's __version__
    devices() *       names of the devices that it can use, a list of str - ["cpu"]
    is_native(x)      whether x is a tensor (or tracer) of the engine
    native_shape(x) * its static shape, a tuple of int or None - of x.shape
    native_dtype(x) * the name of its dtype - that of x.dtype
    is_sizes(x), of_sizes(x) *      whether x is a size, or an array of such, that is a symbol while
                      the engine infers shapes; an integer tensor of it - none is
    asarray(x, dtype) a native tensor of a NumPy array (or NumPy scalar, or host integers)
    to_numpy(x)       a NumPy array of a native tensor, of the same dtype; without IN_PLACE a copy
    new_variable(array, dtype) *    storage for a variable; a copy of the array
    read(storage) *   its value as a NumPy array, a copy
    write(storage, array) *         the storage with a new value: the same object where the engine
                      can do so
    assign(storage, x)      IN_PLACE only: stores a native tensor
    copy(x)           a native copy; left out where the engine's tensors never share memory with
                      arrays that are fed
    descend, momentum, adam *       updates of optimizers in one call, see `kswitch.compile.fused` -
                      none: written out
    number(x) *       a native scalar as a Python number, for `kswitch.compile.scalars` - the engine
                      computes all scalars
    generator(seed) * HAS_GENERATORS only: the generator of a `kswitch.graph.random.Seed`, kept in
                      it
    key(seed, draws, *indices)      else: a key from an int, an int scalar tensor and loop indices
    compile(program) *      a callable: list of feeds (NumPy arrays of the right dtype, or native)
                      -> native outputs; it reads and updates program.variables; see
                      `kswitch.compile.program.Program` - the program as it is, plain Python
    jit_compile(program) *  the same through an optimising compiler; the program is pure even with
                      IN_PLACE - none: as compile
    evaluate(program) *     the outputs of a program without inputs, run once without compilation
    inline(program, feeds) *        the outputs of a program without updates, as part of whatever
                      the engine differentiates or traces at the moment - as compiled
    inline_value(variable) *        likewise the value of a variable - what is stored
    trace(function) * a function of native tensors as the engine compiles it, whole and without a
                      step back to Python: conformance runs each op in one - it does not
    Protocols *       a class whose methods the symbolic tensors get, by which the engine's own
                      functions ask a stranger for a tensor - none
    scan(step, xs, init, length, reverse, indexed=False) *, cond(predicate, then, otherwise) *
                      control flow, see `kswitch.ops.control`; with `indexed` step takes the loop
                      index first; with LISTS there is a last parameter `listed=0`: how many outputs
                      (the last ones) are to be left as tuples of slices - Python's own
"""
