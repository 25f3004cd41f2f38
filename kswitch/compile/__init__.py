"""From graph to engine: gradients as graphs, Python source from graphs, and functions
that run it.
"""
