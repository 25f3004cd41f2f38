"""K on PyTensor: placeholders, variables, functions and gradients are PyTensor's own.

`UNSUPPORTED` says what of K there is not, or is otherwise, each with the reason.
"""

# ruff: noqa: F401
import pytensor

from kswitch import config
from kswitch_pytensor.control import (
    dropout,
    foldl,
    foldr,
    in_test_phase,
    in_train_phase,
    map_fn,
    random_binomial,
    random_normal,
    random_normal_variable,
    random_uniform,
    random_uniform_variable,
    rnn,
    switch,
    truncated_normal,
)
from kswitch_pytensor.elementwise import (
    abs,
    all,
    any,
    arange,
    argmax,
    argmin,
    binary_crossentropy,
    categorical_crossentropy,
    clip,
    cos,
    cumprod,
    cumsum,
    elu,
    equal,
    exp,
    eye,
    greater,
    greater_equal,
    hard_sigmoid,
    less,
    less_equal,
    log,
    logsumexp,
    max,
    maximum,
    mean,
    min,
    minimum,
    not_equal,
    ones,
    ones_like,
    pow,
    prod,
    relu,
    round,
    sigmoid,
    sign,
    sin,
    softmax,
    softplus,
    softsign,
    sparse_categorical_crossentropy,
    sqrt,
    square,
    std,
    sum,
    tanh,
    var,
    zeros,
    zeros_like,
)
from kswitch_pytensor.shapes import (
    batch_dot,
    batch_flatten,
    batch_normalization,
    bias_add,
    concatenate,
    dot,
    expand_dims,
    flatten,
    gather,
    in_top_k,
    l2_normalize,
    normalize_batch_in_training,
    one_hot,
    pattern_broadcast,
    permute_dimensions,
    repeat,
    repeat_elements,
    reshape,
    resize_images,
    resize_volumes,
    reverse,
    shape,
    size,
    slice,
    spatial_2d_padding,
    spatial_3d_padding,
    squeeze,
    stack,
    temporal_padding,
    tile,
    transpose,
)
from kswitch_pytensor.state import (
    batch_get_value,
    batch_set_value,
    clear_session,
    constant,
    count_params,
    dtype,
    eval,
    function,
    get_graph,
    get_session,
    get_uid,
    get_uids,
    get_value,
    get_variable_shape,
    gradients,
    int_shape,
    is_keras_tensor,
    is_placeholder,
    is_sparse,
    is_tensor,
    is_variable,
    learning_phase,
    manual_variable_initialization,
    moving_average_update,
    name_scope,
    ndim,
    placeholder,
    print_tensor,
    reset_uids,
    set_learning_phase,
    set_session,
    set_value,
    stop_gradient,
    to_dense,
    update,
    update_add,
    update_sub,
    v1_variable_initialization,
    variable,
)
from kswitch_pytensor.values import (
    LACKING,
    cast,
    identity,
)
from kswitch_pytensor.windows import (
    conv1d,
    conv2d,
    conv2d_transpose,
    conv3d,
    conv3d_transpose,
    deconv2d,
    depthwise_conv2d,
    local_conv1d,
    local_conv2d,
    pool2d,
    pool3d,
    separable_conv1d,
    separable_conv2d,
)

__version__ = pytensor.__version__

# Beside float32, PyTensor takes 0.1 for float64 unless this says otherwise.
pytensor.config.floatX = config.floatx()

is_symbolic = is_tensor

_SPARSE = "not written: sparse matrices; PyTensor has them in pytensor.sparse"
_KERAS1 = "not written: the names of options in Keras 1"
_PROMOTION = "upstream: operators promote as NumPy does, int32 with float32 is float64"
_NO_GRADIENT = "upstream: a gradient that is zero everywhere is zeros, not None"
_PRODUCT = "upstream: pytensor.tensor.prod has no second derivative"
_CLOSURE = "upstream: scan copies the constants that a step reads, and has no gradient by them"
_TIES = "upstream: each of several equal maxima gets the whole gradient"
_BRACKETS = "upstream: x[...] finds such mistakes when it is computed, and takes vectors"

_ARITHMETIC = ("add", "subtract", "multiply", "divide", "floor-divide", "mod", "power")
_OF_KERAS1 = ("bias_add", "conv2d", "conv3d", "pool2d", "pool3d")
_OF_KERAS1 += ("spatial_2d_padding", "spatial_3d_padding")
_RENAMED_IN_KERAS1 = ("conv2d_transpose", "conv3d_transpose")

UNSUPPORTED = {
    # functions
    "control_dependencies": "upstream: a graph is computed in no order that could be asked for",
    "ctc_batch_cost": "not written: the recursion over labels",
    "gradients-keras231-ctc_batch_cost-*": "not written: ctc_batch_cost",
    "ctc_decode": "not written: the beam search",
    "ctc_label_dense_to_sparse": _SPARSE,
    # dtypes
    **LACKING,
    # sparse matrices
    "*-sparse-*-program": _SPARSE,
    "dot-of-what-is-fed-sparsely-program": _SPARSE,
    "to_dense-has-the-values-program": _SPARSE,
    "to_dense-of-a-placeholder-program": _SPARSE,
    "placeholder-may-be-sparse-program": _SPARSE,
    # options
    **dict.fromkeys([f"{op}-keras1-t[fh]-*" for op in _OF_KERAS1], _KERAS1),
    **dict.fromkeys([f"{op}-keras1-*" for op in _RENAMED_IN_KERAS1], _KERAS1),
    "resize_volumes-keras1-*-keyword-*": _KERAS1,
    "conv3d-keras1-same-*": _KERAS1,
    "pool3d-keras1-same-*": _KERAS1,
    "deconv2d-t[fh]-*": _KERAS1,
    "dropout-keras1-*": _KERAS1,
    "expand_dims-keras1-*": _KERAS1,
    "resize_images-keras1-X-*": _KERAS1,
    # operators
    **dict.fromkeys([f"variable-{op}-ints-and-floats-[ef]*" for op in _ARITHMETIC], _PROMOTION),
    "variable-*-ints-and-number-*": _PROMOTION,
    "variable-*-numpy-float64-*": _PROMOTION,
    "variable-promotion-int64-float32-*": _PROMOTION,
    "variable-promotion-uint8-int-*": "upstream: a number does not fit uint8 and makes int16",
    "variable-promotion-bool-int-*": "upstream: a bool with a small number is int8",
    "dtype-of-python-numbers-in-a-sum-program": _PROMOTION,
    "variable-positive-*": "upstream: tensors have no unary plus",
    "variable-brackets-out-of-range-raises": _BRACKETS,
    "variable-brackets-vector-raises": _BRACKETS,
    "variable-a-variable-is-true-*": "upstream: no tensor has a truth value",
    "variable-entries-can-be-unpacked-*": "upstream: tensors cannot be iterated over",
    "eval-tensors-evaluate-themselves-program": "upstream: x.eval() does, x.numpy() there is not",
    # gradients
    "round-*gradient": _NO_GRADIENT,
    "cast-comparison-gradient": _NO_GRADIENT,
    "variable-floor-divide-*gradient": _NO_GRADIENT,
    "gradients-go-through-casts-of-floats-only-program": _NO_GRADIENT,
    "prod-all-axes-gradient": _PRODUCT,
    "prod-last-gradient": _PRODUCT,
    "prod-zeros-gradient": _PRODUCT,
    "gradients-keras231-second-prod-*": _PRODUCT,
    "cumprod-zeros-gradient": "upstream: the gradient of cumprod divides by what it multiplied",
    "max-equal-maxima-share-the-gradient-program": _TIES,
    "min-equal-minima-share-the-gradient-program": _TIES,
    "switch-the-other-branch-is-not-computed-program": "upstream: both are, unless compiled lazily",
    # loops
    "gradients-keras231-map_fn-closure-*": _CLOSURE,
    "gradients-keras231-rnn-backwards-*": _CLOSURE,
    "gradients-keras231-rnn-masked-plain-*": _CLOSURE,
    "gradients-keras231-rnn-plain-*": _CLOSURE,
    "rnn-dropout-in-a-step-is-new-in-each-program": "not written: random numbers inside of a loop",
    "foldl-one-row-gradient": "upstream: a loop of no steps has no gradient",
    "foldr-one-row-gradient": "upstream: a loop of no steps has no gradient",
}
