"""The training steps of `kswitch.bench.models` as an expert would write them, by hand.

Each file has `build(model, optimizer, weights)`, which returns `step(x, t)`: one step on NumPy
arrays, which returns the loss before it as a float. `weights` are NumPy arrays in the order that
`models` gives; the rates are those of `models.OPTIMIZERS`. `OTHERS` are the same steps with a layer
of the engine's own: model -> name -> build(optimizer, weights).
"""
