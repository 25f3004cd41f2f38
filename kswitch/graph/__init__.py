"""The symbolic half of K: tensors that stand for a computation, and how calls on them
are recorded.
"""
