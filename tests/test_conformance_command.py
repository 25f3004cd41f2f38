"""`python -m kswitch.conformance` as somebody uses it who has never seen this repository."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

TESTS = Path(__file__).parent
SUMMARY = (
    r"kswitch\.conformance \S+: \d+ ops: \d+ passed, \d+ declared unsupported, \d+ failed "
    r"\([\d,]+ checks, \d+ s\)"
)


def environment(**more):
    """Without what a checkout or tox may have set, and with the sample backends."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    paths = [str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), **more}


def command(*arguments):
    return [sys.executable, "-m", "kswitch.conformance", *map(str, arguments)]


@pytest.fixture
def conformance(tmp_path):
    """conformance(*arguments) runs the command in a folder of the test."""

    def run(*arguments):
        return subprocess.run(
            command(*arguments), cwd=tmp_path, env=environment(), capture_output=True, text=True
        )

    return run


# A run


@pytest.fixture(scope="module")
def flawed(tmp_path_factory):
    """A run of a backend with mistakes, and the folder of its reports."""
    folder = tmp_path_factory.mktemp("flawed")
    reports = [f"--report=all.{suffix}" for suffix in ("json", "html", "md", "xml")]
    select = "[tanh- or [square- or [one_hot-eval or [gather- or [exp- or [sum-bfloat16"
    run = subprocess.run(
        command("sample_flawed", "-k", select, *reports),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
    )
    return run, folder


def test_last_line_counts_ops(flawed):
    run, _ = flawed
    assert re.fullmatch(SUMMARY, run.stdout.splitlines()[-1])
    assert "5 ops: 1 passed, 1 declared unsupported, 3 failed" in run.stdout.splitlines()[-1]


def test_status_is_that_of_failures(flawed):
    assert flawed[0].returncode == 1


def test_there_is_no_dot_and_no_bar_without_a_terminal(flawed):
    before = flawed[0].stdout.partition("= FAILURES =")[0]
    assert not re.search(r"[.F%━]", before), before


def test_nothing_is_warned_of(flawed):
    assert "warnings summary" not in flawed[0].stdout


def test_failures_are_listed_by_name(flawed):
    assert re.search(r"^FAILED \S+\[tanh-eval\]", flawed[0].stdout, re.M)


def test_failure_says_the_call_and_both_values(flawed):
    block = flawed[0].stdout.partition("test_case[tanh-eval] _")[2].partition("test_case[")[0]
    assert "the values differ, tolerance 1e-05" in block
    assert "expected: float32 (2, 6)" in block
    assert "actual: float32 (2, 6)" in block
    assert "K.tanh(float32[2, 6])" in block


def test_table_shows_what_has_not_passed(flawed):
    lines = flawed[0].stdout.splitlines()
    assert any(re.match(r"square +\d+/\d+ failed", line) for line in lines)
    assert "gather" in [line.partition(" ")[0] for line in lines]
    assert any(line.endswith("declared unsupported: not written yet") for line in lines)
    assert not any(re.match(r"exp +\d", line) for line in lines)


@pytest.mark.parametrize("option", ["--table", "-v"])
def test_whole_table_when_asked(conformance, option):
    output = conformance("numpy", "-k", "[exp-", option).stdout
    assert re.search(r"^ +native +eval +function", output, re.M)
    assert re.search(r"^exp +\d+ +\d+ +\d+", output, re.M)


def test_checks_are_named_when_asked(conformance):
    assert "[exp-eval] PASSED" in conformance("numpy", "-k", "[exp-eval", "-v").stdout


def test_workers_bring_everything_back(conformance, tmp_path):
    pytest.importorskip("xdist", reason="needs pytest-xdist")
    run = conformance("sample_flawed", "-k", "[tanh-eval or [exp-", "-n", 2, "--report", "r.json")
    assert run.returncode == 1, run.stdout + run.stderr
    assert re.fullmatch(SUMMARY, run.stdout.splitlines()[-1])
    (failed,) = [e for e in entries(tmp_path / "r.json") if e["failed"]]
    assert failed["failures"][0]["expected"].startswith("float32 (2, 6)\n[[")


def test_bar_on_a_terminal(tmp_path):
    shown = on_terminal(command("numpy", "-k", "[exp- or [log-"), tmp_path)
    assert "━" in shown
    assert re.search(r"\d+/\d+", shown)
    assert re.search(SUMMARY, shown)


@pytest.mark.parametrize("option", ["-s", "-v"])
def test_bar_does_not_run_into_what_is_printed(tmp_path, option):
    shown = on_terminal(command("numpy", "-k", "[exp-eval", option), tmp_path)
    assert "━" not in shown


def on_terminal(command, folder):
    """What a command prints on a terminal of 100 columns."""
    leader, follower = pty.openpty()
    size = {"COLUMNS": "100", "LINES": "30", "TERM": "xterm-256color"}
    child = subprocess.Popen(
        command, cwd=folder, env=environment(**size), stdout=follower, stderr=follower
    )
    os.close(follower)
    parts = []
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(leader)
    assert child.wait() == 0
    return b"".join(parts).decode()


# Reports


def entries(path):
    (run,) = json.loads(path.read_text())["runs"]
    return run["entries"]


def test_data_has_one_entry_an_op_and_mode(flawed):
    found = entries(flawed[1] / "all.json")
    pairs = [(each["op"], each["mode"]) for each in found]
    assert len(pairs) == len(set(pairs))
    assert {("tanh", "eval"), ("exp", "gradient"), ("gather", "function")} <= set(pairs)


def test_data_says_what_became_of_each(flawed):
    states = {(e["op"], e["mode"]): e["state"] for e in entries(flawed[1] / "all.json")}
    assert states["tanh", "eval"] == "failed"
    assert states["exp", "eval"] == "passed"
    assert states["gather", "eval"] == "declared"


def test_data_says_versions_dates_and_that_not_all_ran(flawed):
    import numpy as np

    (run,) = json.loads((flawed[1] / "all.json").read_text())["runs"]
    assert run["versions"]["numpy"] == np.__version__
    assert run["started"] <= run["finished"]
    assert not run["complete"]
    assert sum(each["checks"] for each in run["entries"]) < run["suite"]
    assert run["declared"]["gather"] == "not written yet"


def failure(folder, op, mode="eval"):
    (found,) = [e for e in entries(folder / "all.json") if (e["op"], e["mode"]) == (op, mode)]
    return found["failures"][0]


def test_error_of_the_backend_is_what_came(flawed):
    told = failure(flawed[1], "square")
    assert told["call"] == "K.square(float32[2, 3])"
    assert told["actual"] == "RuntimeError: no such kernel on this GPU"
    assert "square" in told["text"]


def test_missing_op_is_what_came(flawed):
    assert failure(flawed[1], "one_hot")["actual"] == (
        "AttributeError: backend 'sample_flawed' has no op one_hot"
    )


def test_value_is_what_was_expected(flawed):
    assert failure(flawed[1], "one_hot")["expected"].startswith("float64 (4, 3)\n[[")


def test_text_tells_the_failures(flawed):
    text = (flawed[1] / "all.md").read_text()
    assert "| `sample_flawed` | 1 | 1 | 3 |" in text
    assert "| `gather` | `sample_flawed` | not written yet |" in text
    assert "actual: RuntimeError: no such kernel on this GPU" in text


def test_junit_has_each_check_with_op_and_mode(flawed):
    suite = ElementTree.parse(flawed[1] / "all.xml").getroot().find("testsuite")
    assert suite.get("name") == "kswitch.conformance.sample_flawed"
    tests = {case.get("name"): case for case in suite.iter("testcase")}
    properties = {
        p.get("name"): p.get("value") for p in tests["test_case[exp-eval]"].iter("property")
    }
    assert properties == {"op": "exp", "mode": "eval"}
    assert tests["test_case[tanh-eval]"].find("failure") is not None


def test_page_holds_the_data(flawed):
    page = (flawed[1] / "all.html").read_text()
    assert page.startswith("<!doctype html>")
    assert '"op":"tanh"' in page


def test_no_other_file_is_left(flawed):
    assert {path.name for path in flawed[1].iterdir()} == {
        *(f"all.{suffix}" for suffix in ("json", "html", "md", "xml")),
        ".pytest_cache",
    }


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("all.txt", "all.txt: the name of a report must end in .html, .md, .json or .xml."),
        ("all", "all: the name of a report must end in"),
        ("nowhere/all.json", "nowhere/all.json: there is no folder nowhere; make it first."),
        ("folder.json", "folder.json is a folder; a report is a file."),
        ("/proc/all.json", "/proc/all.json cannot be written: "),
    ],
)
def test_bad_place_is_an_error_before_the_run(conformance, tmp_path, path, text):
    (tmp_path / "folder.json").mkdir()
    run = conformance("numpy", "-k", "[exp-eval", "--report", path)
    assert run.returncode == 2
    assert run.stderr.startswith(f"kswitch.conformance: {text}")
    assert run.stdout == ""


def test_run_that_is_told_to_end_writes_its_report(tmp_path):
    with subprocess.Popen(
        command("numpy", "-v", "--report", "part.json"),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        for line in child.stdout:
            if "PASSED" in line:
                break
        child.send_signal(signal.SIGTERM)
        output = child.stdout.read()
    assert child.returncode == 2
    assert re.fullmatch(SUMMARY, output.splitlines()[-1])
    (run,) = json.loads((tmp_path / "part.json").read_text())["runs"]
    assert run["entries"]
    assert not run["complete"]


def test_run_that_stops_at_a_failure_writes_its_report(conformance, tmp_path):
    run = conformance("sample_flawed", "-x", "-k", "[tanh- or [square-", "--report", "x.json")
    assert run.returncode == 1
    assert sum(each["failed"] for each in entries(tmp_path / "x.json")) == 1


# Mistakes


def test_help_tells_options_and_statuses(conformance):
    run = conformance("--help")
    assert run.returncode == 0
    for word in ("BACKEND", "--report FILE", "--table", "-k conv2d", "-n 2", "exit status"):
        assert word in run.stdout


def test_nothing_at_all_is_answered_with_the_help(conformance):
    run = conformance()
    assert run.returncode == 2
    assert "usage: python -m kswitch.conformance BACKEND" in run.stderr


def test_misspelt_backend_is_guessed(conformance):
    run = conformance("numpi")
    assert run.returncode == 2
    assert "Did you mean 'numpy'?" in run.stderr
    assert "Traceback" not in run.stderr


def test_module_that_is_no_backend_is_told_what_it_lacks(conformance, tmp_path):
    (tmp_path / "half.py").write_text("def variable(): ...\n")
    run = conformance("half")
    assert run.returncode == 2
    assert "Missing required entries: placeholder, function." in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("absent", "option", "text"),
    [
        ("pytest", [], "the suite needs pytest: pip install 'kswitch[test]'."),
        ("xdist", ["-n", "2"], "several processes need pytest-xdist: pip install pytest-xdist."),
        ("xdist", ["-n2"], "several processes need pytest-xdist: pip install pytest-xdist."),
        ("xdist", ["--numprocesses=2"], "several processes need pytest-xdist: "),
    ],
)
def test_package_that_is_not_there_comes_with_its_command(
    monkeypatch, capsys, absent, option, text
):
    from kswitch.conformance import __main__ as conformance

    monkeypatch.setattr(conformance, "find_spec", lambda name: None if name == absent else name)
    assert conformance.main(["numpy", *option]) == 2
    assert capsys.readouterr().err.startswith(f"kswitch.conformance: {text}")


def test_unknown_option_is_pytests_error(conformance):
    run = conformance("numpy", "--no-such-option")
    assert run.returncode == 2
    assert "unrecognized arguments: --no-such-option" in run.stderr


def test_choice_of_nothing_is_an_error(conformance):
    run = conformance("numpy", "-k", "no_such_op")
    assert run.returncode == 2
    assert "no check was chosen" in run.stderr


# The command `report`


def test_reports_become_one_page(conformance, flawed, tmp_path):
    assert conformance("numpy", "-k", "[exp-", "--report", "n.json").returncode == 0
    run = conformance("report", "n.json", flawed[1] / "all.json", "-o", "p.html", "-o", "p.json")
    assert run.returncode == 0
    assert run.stdout.splitlines()[0] == "numpy: 1 passed, 0 declared unsupported, 0 failed"
    runs = json.loads((tmp_path / "p.json").read_text())["runs"]
    assert [each["backend"] for each in runs] == ["numpy", "sample_flawed"]
    assert '"labels":["numpy","sample_flawed"]' in (tmp_path / "p.html").read_text()


def test_report_needs_a_place(conformance, flawed):
    run = conformance("report", flawed[1] / "all.json")
    assert run.returncode == 2
    assert "where to? Give -o FILE, or --update FILE." in run.stderr


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (None, "bad.json cannot be read: No such file or directory."),
        ("{", "bad.json holds no JSON: "),
        ("[]", "bad.json is no report: its \"schema\" is not 'kswitch.conformance'."),
        ('{"schema": "kswitch.conformance", "version": 9}', "bad.json has version 9 of the form"),
        ('{"schema": "kswitch.conformance", "version": 1}', "bad.json: 'runs' is missing."),
        (
            '{"schema": "kswitch.conformance", "version": 1, "runs": [3]}',
            "bad.json: runs[0] must be dict, got 3.",
        ),
    ],
)
def test_file_that_is_no_report_is_an_error(conformance, tmp_path, text, error):
    if text is not None:
        (tmp_path / "bad.json").write_text(text)
    run = conformance("report", "bad.json", "-o", "p.html")
    assert run.returncode == 2
    assert error in run.stderr
    assert not (tmp_path / "p.html").exists()
