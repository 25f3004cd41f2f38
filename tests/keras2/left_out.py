"""Tests of Keras that do not pass on an engine of kswitch, each with the reason."""

import fnmatch
from typing import NamedTuple


class LeftOut(NamedTuple):
    """Tests that are expected to fail.

    Attributes:
        test: the end of their ids, from the name of the file on; * stands for anything.
        reason: why.
        engines: on which engines; none stands for all.
        run: False where the test would need the network, or hang.
    """

    test: str
    reason: str
    engines: tuple[str, ...] = ()
    run: bool = True

    def matches(self, test_id: str, engine: str) -> bool:
        name = test_id.rsplit("/", 1)[-1].replace("[", "(").replace("]", ")")
        pattern = self.test.replace("[", "(").replace("]", ")")
        return (not self.engines or engine in self.engines) and fnmatch.fnmatch(name, pattern)


REASONS: dict[str, list[LeftOut]] = {
    "2.3.1": [
        LeftOut("applications_test.py::*", "builds networks of gigabytes", run=False),
        LeftOut("test_datasets.py::*", "downloads data, if a random number says so", run=False),
    ],
    "2.2.4": [
        LeftOut("applications_test.py::*", "builds networks of gigabytes", run=False),
        LeftOut("test_datasets.py::*", "downloads data, if a random number says so", run=False),
    ],
}
