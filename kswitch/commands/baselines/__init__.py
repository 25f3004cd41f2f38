"""The training step of `kswitch bench` as an expert would write it for each engine, by hand.

Each file has `build(weights, rate)`, which returns `step(x, t)`: one step of gradient descent of a
perceptron with softmax cross-entropy, on NumPy arrays (batch, inputs) and (batch, classes). A step
returns the loss before it as a float. `weights` is [w1, b1, w2, b2] as NumPy arrays.
"""
