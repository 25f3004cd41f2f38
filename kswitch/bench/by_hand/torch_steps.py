"""By hand on PyTorch: eager, autograd, and the fused optimizers.

With torch.compile the whole step is one function, gradients and update included: this was the
quickest of three ways; the others compile the loss, or its gradients, and leave the update to
torch.optim.
"""

import torch
from torch.nn.functional import conv2d, cross_entropy, max_pool2d, relu

from kswitch.bench import models


def logistic(x, weights):
    w, b = weights
    return torch.addmm(b, x, w)


def mlp(x, weights):
    w1, b1, w2, b2 = weights
    return torch.addmm(b2, torch.relu(torch.addmm(b1, x, w1)), w2)


def cnn(x, weights):
    k1, b1, k2, b2, w, b = weights
    x = max_pool2d(relu(conv2d(x, k1, b1, padding=1)), 2)
    x = max_pool2d(relu(conv2d(x, k2, b2, padding=1)), 2)
    return torch.addmm(b, x.flatten(1), w)


def lstm(x, weights):
    kernel, recurrent, bias, w, b = weights
    z = torch.addmm(bias, x.transpose(0, 1).reshape(-1, x.shape[2]), kernel)
    z = z.view(x.shape[1], x.shape[0], -1)
    h = c = torch.zeros(x.shape[0], recurrent.shape[0])
    for row in z.unbind():
        i, f, g, o = torch.addmm(row, h, recurrent).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
    return torch.addmm(b, h, w)


LOGITS = {"logistic regression": logistic, "MLP": mlp, "CNN": cnn, "LSTM": lstm}


def build(model, optimizer, weights, jit_compile=False):
    weights = [torch.tensor(w) for w in weights]
    if model == "CNN":
        weights = channels_first(weights)
    make = compiled if jit_compile else eager
    update = make(LOGITS[model], optimizer, weights)

    def step(x, t):
        x = torch.from_numpy(x)
        if model == "CNN":
            x = x.view(x.shape[0], 1, *x.shape[1:3])
        return update(x, torch.from_numpy(t)).item()

    return step


def eager(logits, optimizer, weights):
    parameters = [w.requires_grad_() for w in weights]
    if optimizer == "SGD":
        update = torch.optim.SGD(parameters, models.RATE, models.MOMENTUM, fused=True)
    else:
        betas = models.ADAM["beta_1"], models.ADAM["beta_2"]
        update = torch.optim.Adam(
            parameters, models.ADAM["rate"], betas, models.ADAM["epsilon"], fused=True
        )

    def step(x, t):
        loss = cross_entropy(logits(x, parameters), t)
        update.zero_grad()
        loss.backward()
        update.step()
        return loss

    return step


def module(optimizer, weights):
    """The step of the LSTM with torch.nn.LSTM, whose loop is not Python's."""
    kernel, recurrent, bias, w, b = (torch.tensor(w) for w in weights)
    lstm = torch.nn.LSTM(len(kernel), len(recurrent), batch_first=True)
    lstm.weight_ih_l0.data = kernel.T.contiguous()
    lstm.weight_hh_l0.data = recurrent.T.contiguous()
    lstm.bias_ih_l0.data = bias
    lstm.bias_hh_l0.data.zero_()
    lstm.bias_hh_l0.requires_grad_(False)  # it has two, where one will do

    def logits(x, parameters):
        w, b = parameters[-2:]
        return torch.addmm(b, lstm(x)[1][0][0], w)

    trained = [each for each in lstm.parameters() if each.requires_grad]
    update = eager(logits, optimizer, [*trained, w, b])
    return lambda x, t: update(torch.from_numpy(x), torch.from_numpy(t)).item()


OTHERS = {"LSTM": {"nn.LSTM": module}}


def compiled(logits, optimizer, weights):
    change = sgd(weights) if optimizer == "SGD" else adam(weights)
    loss_of = lambda weights, x, t: cross_entropy(logits(x, weights), t)

    @torch.compile
    def step(x, t):
        gradients, loss = torch.func.grad_and_value(loss_of)(weights, x, t)
        change(gradients)
        return loss

    return torch.no_grad(step)


def sgd(weights):
    moments = [torch.zeros_like(w) for w in weights]

    def change(gradients):
        for w, m, g in zip(weights, moments, gradients, strict=True):
            m.mul_(models.MOMENTUM).sub_(g, alpha=models.RATE)
            w.add_(m)

    return change


def adam(weights):
    first, second = ([torch.zeros_like(w) for w in weights] for _ in range(2))
    b1, b2 = models.ADAM["beta_1"], models.ADAM["beta_2"]
    count = torch.zeros(())  # a number in Python would be compiled in, anew in each step

    def change(gradients):
        count.add_(1)
        rate = models.ADAM["rate"] * torch.sqrt(1 - b2**count) / (1 - b1**count)
        for w, m, v, g in zip(weights, first, second, gradients, strict=True):
            m.lerp_(g, 1 - b1)
            v.mul_(b2).addcmul_(g, g, value=1 - b2)
            w.sub_(rate * m / (v.sqrt() + models.ADAM["epsilon"]))

    return change


def channels_first(weights):
    """The weights in PyTorch's order; the last matrix goes with images (channels, rows, cols)."""
    k1, b1, k2, b2, w, b = weights
    k1, k2 = (k.permute(3, 2, 0, 1).contiguous() for k in (k1, k2))
    w = w.view(7, 7, 16, -1).permute(2, 0, 1, 3).reshape(784, -1).contiguous()
    return [k1, b1, k2, b2, w, b]
