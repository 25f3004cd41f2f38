"""The updates of optimizers in PyTorch; see `kswitch.compile.fused`.

The fused kernels of torch.optim change all of a variable in one pass over it. They want Python
numbers: a scalar that is a tensor is read, which waits for a GPU, so there it is plain arithmetic.
On a CPU they walk all tensors as they lie in memory, whatever their strides say, so a gradient that
is a view, such as that of a convolution's kernel, has to be laid out as the variable is.
"""

import torch

FAR = torch.tensor(1e9)  # a step after which Adam corrects no bias: the rate is corrected already


def descend(p, g, rate):
    if isinstance(rate, torch.Tensor):
        p.addcmul_(g, rate, value=-1)
    else:
        p.sub_(g, alpha=rate)


def momentum(p, m, g, decay, rate):
    if not _readable(p, decay, rate) or decay == 0:  # without momentum the kernel wants no m
        m.mul_(decay).sub_(g * rate)
        p.add_(m)
        return
    # with the rate -1 the kernel computes m' = decay * m + (1 - dampening) * g; p' = p + m'
    torch._fused_sgd_(
        [p],
        [g.contiguous()],
        [m],
        weight_decay=0.0,
        momentum=float(decay),
        lr=-1.0,
        dampening=1 + float(rate),
        nesterov=False,
        maximize=False,
        is_first_step=False,
    )


def adam(p, m, v, g, rate, b1, b2, epsilon):
    if not _readable(p, rate, b1, b2, epsilon):
        m.mul_(b1).add_(g * (1 - b1))
        v.mul_(b2).add_(g * g * (1 - b2))
        p.sub_(rate * m / (v.sqrt() + epsilon))
        return
    torch._fused_adam_(
        [p],
        [g.contiguous()],
        [m],
        [v],
        [],
        [FAR],
        lr=float(rate),
        beta1=float(b1),
        beta2=float(b2),
        weight_decay=0.0,
        eps=float(epsilon),
        amsgrad=False,
        maximize=False,
    )


def _readable(p, *scalars):
    """Whether the fused kernels can be had: float32 or float64, and numbers without waiting."""
    kept = p.dtype is torch.float32 or p.dtype is torch.float64
    return kept and (p.is_cpu or not any(isinstance(x, torch.Tensor) for x in scalars))
