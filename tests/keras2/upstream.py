"""Runs Keras's own tests, as published, on the engine that KERAS_BACKEND names.

    KERAS_BACKEND=torch python tests/keras2/upstream.py [--sample] [options of pytest] [files]

The tests come with the source distribution of the installed Keras, which pip fetches once; they run
from a copy, since they write files. What is expected to fail stands in left_out.py with its reason;
if such a test passes, it is reported as a failure. Without files all tests run, those of the
backend in a process of their own; with --sample those that tell most in a minute.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

from kswitch.keras2 import startup

HERE = Path(__file__).parent
BACKEND_TEST = "keras/backend/backend_test.py"
SAMPLE = (
    BACKEND_TEST,
    "keras/activations_test.py",
    "keras/engine/layer_subclassing_tests.py",
    "keras/layers/convolutional_test.py",
    "keras/layers/core_test.py",
    "keras/layers/normalization_test.py",
    "keras/layers/recurrent_test.py",
    "keras/layers/wrappers_test.py",
    "keras/losses_test.py",
    "keras/metrics_test.py",
    "keras/metrics_confusion_matrix_test.py",
    "keras/optimizers_test.py",
    "keras/test_sequential_model.py",
    "keras/utils/io_utils_test.py",
    "test_model_saving.py",
)
RESULTS = ("passed", "failed", "left out", "skipped")
AGAIN = "runs again"  # of tests that hang on chance, see left_out.py
# Tests of what is not in the source distribution, or needs eight GPUs, before any test could run.
NO_TESTS = ("test_api.py", "keras/utils/multi_gpu_test.py", "docs", "test_documentation.py")


def main(arguments: list[str]) -> int:
    files = [a for a in arguments if a.split("::")[0].endswith(".py")]
    options = [a for a in arguments if a not in (*files, "--sample")]
    if "--sample" in arguments:
        files = list(SAMPLE)
    engine = os.environ["KERAS_BACKEND"].removeprefix(startup.PREFIX)
    counts = dict.fromkeys((*RESULTS, AGAIN), 0)
    version = ".".join(map(str, startup.keras_version()))
    with tempfile.TemporaryDirectory() as folder:
        tests = unpack(version, Path(folder))
        runs = [files] if files else [["."], [BACKEND_TEST]]
        for number, run in enumerate(runs):
            found = run_pytest(tests, run, options, Path(folder) / f"{number}.xml")
            counts = {name: counts[name] + found[name] for name in counts}
    listed = ", ".join(f"{number} {name}" for name, number in counts.items())
    total = sum(counts[name] for name in RESULTS)
    print(f"Keras {version} on {engine}: {total} tests, {listed}")
    return 1 if counts["failed"] or not counts["passed"] else 0


def unpack(version: str, folder: Path) -> Path:
    """The tests of a version of Keras, below that folder."""
    kept = Path(sys.prefix) / "keras-source"
    name = f"Keras-{version}.tar.gz"
    if not (kept / name).exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--no-build-isolation", "--no-binary=keras"]
        command += [f"--dest={kept}", f"keras=={version}"]
        subprocess.run(command, check=True)
    with tarfile.open(kept / name) as archive:
        archive.extractall(folder, filter="data")
    return folder / f"Keras-{version}" / "tests"


def run_pytest(tests: Path, files: list[str], options: list[str], report: Path) -> dict[str, int]:
    """How many tests ended in which way; pytest's output goes to the terminal."""
    command = [sys.executable, "-m", "pytest", "-p", "upstream_plugin", f"--junitxml={report}"]
    command += ["-p", "no:cacheprovider", f"--rootdir={tests}", "-q", "--no-flaky-report"]
    command += ["--config-file=/dev/null", "--timeout=300", "--disable-warnings"]
    command += ["-p", "no:nose", "-o", "python_files=test_*.py *_test.py *_tests.py"]
    if files == ["."]:
        command += [f"--ignore={name}" for name in (*NO_TESTS, BACKEND_TEST)]
    environment = {
        "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]).rstrip(":"),
        "KERAS_HOME": str(tests / ".keras"),
        "MPLBACKEND": "agg",
    }
    subprocess.run(
        [*command, *options, *files], cwd=tests, check=False, env=os.environ | environment
    )
    return count(report)


def count(report: Path) -> dict[str, int]:
    """Results in a JUnit report; a strict xfail that passes is a failure there.

    Of a test that ran several times the last result counts.
    """
    if not report.exists():  # pytest did not come to its end
        return dict.fromkeys((*RESULTS, AGAIN), 0) | {"failed": 1}
    cases = list(ET.parse(report).iter("testcase"))
    results = {(case.get("classname"), case.get("name")): result(case) for case in cases}
    counts = dict.fromkeys((*RESULTS, AGAIN), 0)
    for each in results.values():
        counts[each] += 1
    counts[AGAIN] = len(cases) - len(results)
    return counts


def result(case: ET.Element) -> str:
    skipped = case.find("skipped")
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if skipped is None:
        return "passed"
    return "left out" if "xfail" in skipped.get("type", "") else "skipped"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
