"""What the genuine Keras 2.3.1 on TensorFlow 1.15.5 computes, kept as data.

`calls`, `layers`, `loops`, `gradients` and `programs` say what is asked, `record` asks it and
writes `results.json`: these run under Python 3.7 too. `kswitch.conformance.cases.recorded` makes
cases of both.
"""
