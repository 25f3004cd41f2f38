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
        return (not self.engines or engine in self.engines) and fits(test_id, self.test)


def fits(test_id: str, pattern: str) -> bool:
    """Whether a test's id ends with the pattern; brackets are brackets."""
    file, _, rest = test_id.partition("::")
    name = f"{file.rsplit('/', 1)[-1]}::{rest}"
    return fnmatch.fnmatch(*(each.replace("[", "(").replace("]", ")") for each in (name, pattern)))


def is_chance(test_id: str) -> bool:
    return any(fits(test_id, pattern) for pattern in CHANCE)


DOWNLOADS = "downloads data"
GIGABYTES = "builds networks of gigabytes, of which one is drawn by chance"
NO_TOOL = "needs pydot and the program dot of graphviz"
RAGGED = "takes the maximum of lists of several lengths, which NumPy refuses since 1.24"
CHANNELS = "expects channels_first of all backends but TensorFlow"
NO_CODE = "reads np.argmax.__code__, which NumPy's functions lack since 1.25"
ULP = (
    "asks for less than a unit in the last place: selu(-1) is -1.1113307378, ours -1.1113307, its "
    "own reference -1.1113309"
)
ORDER = "asks for the same last bits of sums that are taken in another order"
YAML_CODE = "reads a NumPy array from YAML, for which a loader must run code"
EMPTY = "asks for the truth value of an empty array, which NumPy refuses since 2.2"
TENSORBOARD = "needs TensorFlow 1; later versions of Keras skip it on other backends"
CNTK = "needs a module of CNTK"
REF = "asks for dtypes named float16_ref, as TensorFlow 1 had them"

REASONS: dict[str, list[LeftOut]] = {
    "2.3.1": [
        LeftOut("applications_test.py::*", GIGABYTES, run=False),
        LeftOut("test_datasets.py::*", DOWNLOADS, run=False),
        LeftOut("vis_utils_test.py::*", NO_TOOL),
        LeftOut("text_test.py::test_tokenizer", RAGGED),
        LeftOut("test_topology.py::test_load_layers", CHANNELS),
        LeftOut("generic_utils_test.py::test_func_dump_*_compat[argmax]", NO_CODE),
        LeftOut("activations_test.py::test_selu", ULP),
        LeftOut("test_training.py::test_model_with_crossentropy_*_first", ORDER, ("jax",)),
    ],
    "2.2.4": [
        LeftOut("applications_test.py::*", GIGABYTES, run=False),
        LeftOut("test_datasets.py::*", DOWNLOADS, run=False),
        LeftOut("imagenet_utils_test.py::test_decode_predictions", DOWNLOADS, run=False),
        LeftOut("vis_utils_test.py::*", NO_TOOL),
        LeftOut("text_test.py::test_tokenizer", RAGGED),
        LeftOut("test_topology.py::test_load_layers", CHANNELS),
        LeftOut("test_topology.py::test_constant_initializer_with_numpy", YAML_CODE),
        LeftOut("generic_utils_test.py::test_func_dump_*_compat[argmax]", NO_CODE),
        LeftOut("activations_test.py::test_selu", ULP),
        LeftOut("constraints_test.py::test_min_max_norm", EMPTY),
        LeftOut("test_callbacks.py::test_TensorBoard*", TENSORBOARD),
        LeftOut("backend_test.py::TestBackend::test_batchnorm", CNTK),
        LeftOut("backend_test.py::TestBackend::test_set_floatx", REF),
    ],
}

# What hangs on chance: these may run again, with other seeds, at most ATTEMPTS times.
#
# Most ask for an accuracy after a few epochs, from weights that come from an engine's random
# numbers. The genuine Keras on TensorFlow 1.15.5 does not reach it from all seeds either: from the
# same weights it ends with the same accuracy. Of the seeds 1337 to 1344 it passes, under 2.2.4 and
# under 2.3.1, with
#     5 and 6 (test_image_classification), - and 7 (test_image_data_generator_training),
#     7 and 8 (test_temporal_classification), 2 and 8 (..._functional), 6 and 6 (..._regression),
#     5 and 8 (test_rmsprop, test_adam, test_adamax, test_adam_amsgrad).
# The last one, of 2.2.4, loses what a thread of Keras's own queue has not handed over yet when
# another finds the generator empty.
CHANCE = (
    "test_image_data_tasks.py::test_image_*",
    "test_temporal_data_tasks.py::test_temporal_*",
    "optimizers_test.py::test_rmsprop",
    "optimizers_test.py::test_adam*",
    "data_utils_test.py::test_finite_generator_enqueuer_threads",
)
ATTEMPTS = 12
