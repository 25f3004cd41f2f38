"""What `kswitch bench` measures, always as a ratio to something in the same process.

`models` are small models in the classic idiom, `by_hand` the same training steps as an expert would
write them for each engine; `steps` compares them. `calls` compares single calls with the engine's
own and with peers, `graphs` measures long graphs, `imports` imports. `timing` lets rivals take
turns.
"""

MODELS = ("logistic regression", "MLP batch 1", "MLP batch 32", "MLP batch 512", "CNN", "LSTM")
TABLES = ("steps", "calls", "graphs", "imports")
