"""Mutants: backends that are broken on purpose, to measure how much the conformance suite notices.

    python -m mutants                    # all of them, with tests/ on the path; `tox -e mutants`
    python -m mutants conv2d dot -v      # those of two functions of K, survivors in full

A mutant is one function of K, one kernel or one gradient rule that does one thing wrong, where a
bug would be: `changes` are the ways in which a result can be wrong, `functions` breaks what a
module of somebody else offers, `effects` what a function of K does rather than returns, `adapters`
kernels, hooks and gradient rules of our own. `suite` runs the conformance suite itself on each, in
a process of its own, on the cases of the broken function, up to the first check that fails.

`equivalent` lists mutants that do nothing wrong, each with the reason; the list is strict.
"""
