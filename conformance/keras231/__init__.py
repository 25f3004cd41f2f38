"""What the genuine Keras 2.3.1 on TensorFlow 1.15.5 computes, kept as data.

`calls`, `layers` and `programs` say what is asked, `record` asks it under Python 3.7 and writes
`results.json`, `kswitch.conformance.cases.recorded` makes cases of both. All but the last run under
Python 3.7 too.
"""
