"""What `kswitch bench` measures, always as a ratio to something in the same process.

`models` are small models in the classic idiom, `by_hand` the same training steps as an expert would
write them for each engine. A table is measured by the module of its name, in a process of its own
for each engine: `steps` compares with the steps by hand, `keras3` with Keras 3, `jit` lets both
sides use the engine's compiler; `calls` compares single calls with the engine's own and with
`peers`, `graphs` measures long graphs, `imports` imports. `timing` lets rivals take turns.

`goals` says how good each figure is to be. `results` keeps what was measured, `tables` shows it on
the terminal, `plot` as a picture, `readme` in a text.
"""

MODELS = ("logistic regression", "MLP batch 1", "MLP batch 32", "MLP batch 512", "CNN", "LSTM")
# those of which inductor needs seconds, and not a minute
JIT_MODELS = ("logistic regression", "MLP batch 32")
TABLES = ("steps", "keras3", "jit", "calls", "graphs", "imports")
