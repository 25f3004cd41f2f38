"""By hand on PyTorch: eager, autograd, and the fused optimizers."""

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


def build(model, optimizer, weights):
    weights = [torch.tensor(w) for w in weights]
    if model == "CNN":
        weights = channels_first(weights)
    parameters = [w.requires_grad_() for w in weights]
    if optimizer == "SGD":
        update = torch.optim.SGD(parameters, models.RATE, models.MOMENTUM, fused=True)
    else:
        betas = models.ADAM["beta_1"], models.ADAM["beta_2"]
        update = torch.optim.Adam(
            parameters, models.ADAM["rate"], betas, models.ADAM["epsilon"], fused=True
        )
    logits = LOGITS[model]

    def step(x, t):
        x = torch.from_numpy(x)
        if model == "CNN":
            x = x.view(x.shape[0], 1, *x.shape[1:3])
        loss = cross_entropy(logits(x, parameters), torch.from_numpy(t))
        update.zero_grad()
        loss.backward()
        update.step()
        return loss.item()

    return step


def channels_first(weights):
    """The weights in PyTorch's order; the last matrix goes with images (channels, rows, cols)."""
    k1, b1, k2, b2, w, b = weights
    k1, k2 = (k.permute(3, 2, 0, 1).contiguous() for k in (k1, k2))
    w = w.view(7, 7, 16, -1).permute(2, 0, 1, 3).reshape(784, -1).contiguous()
    return [k1, b1, k2, b2, w, b]
