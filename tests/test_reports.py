"""Reports of conformance runs as data and as tables."""

import json

import pytest
from kswitch.conformance import modes
from kswitch.conformance.reports import markdown, page, readme, record, table

import kswitch

DECLARED = {"gather": "none", "bfloat16": "no such dtype"}


def entry(op, mode, state="passed", failures=(), checks=3):
    return record.Entry(
        op=op,
        family=record.family(op),
        mode=mode,
        state=state,
        checks=checks,
        failed=len(failures),
        declared=checks if state == "declared" else 0,
        reasons=[DECLARED.get(mode, "none")] if state == "declared" else [],
        seconds=0.5,
        failures=list(failures),
    )


def failure(check="dot-eval", **texts):
    known = {"call": "K.dot(x, y)", "message": "no", "expected": "1", "actual": "2", "text": ""}
    return record.Failure(check=check, **{**known, **texts})


def run(backend="numpy", entries=(), declared=None, complete=True, started="2026-01-02T03:04:05"):
    return record.Run(
        backend=backend,
        versions={"kswitch": "1", backend: "2.0"},
        platform="Linux x86_64",
        started=started,
        finished=started,
        seconds=1.0,
        options=[],
        complete=complete,
        suite=3,
        declared=declared or {},
        entries=list(entries),
    )


def report(*runs):
    return record.Report(schema=record.SCHEMA, version=record.VERSION, runs=list(runs))


MIXED = [
    entry("dot", "eval", "failed", [failure()]),
    entry("dot", "native"),
    entry("exp", "float16"),
    entry("exp", "bfloat16", "declared"),
    entry("gather", "eval", "declared"),
]


# Data


def test_data_is_read_as_it_was_written(tmp_path):
    written = report(run(entries=MIXED, declared=DECLARED))
    (tmp_path / "r.json").write_text(record.text(written))
    assert record.load(str(tmp_path / "r.json")) == written


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda r: r["runs"][0].pop("declared"), r"runs\[0\]: 'declared' is missing"),
        (lambda r: r["runs"][0]["entries"][0].update(checks="3"), r"checks must be int, got '3'"),
        (lambda r: r["runs"][0]["versions"].update(numpy=2), r"versions\['numpy'\] must be str"),
        (lambda r: r["runs"][0]["entries"][0]["failures"].append([]), r"failures\[1\] must be"),
    ],
)
def test_data_of_another_form_is_refused(tmp_path, change, text):
    changed = json.loads(record.text(report(run(entries=MIXED))))
    change(changed)
    (tmp_path / "r.json").write_text(json.dumps(changed))
    with pytest.raises(record.ReportError, match=text):
        record.load(str(tmp_path / "r.json"))


def test_whole_seconds_are_seconds(tmp_path):
    written = record.text(report(run())).replace('"seconds": 1.0', '"seconds": 1')
    (tmp_path / "r.json").write_text(written)
    assert record.load(str(tmp_path / "r.json"))["runs"][0]["seconds"] == 1


@pytest.mark.parametrize(
    ("runs", "labels"),
    [
        ([run("numpy"), run("torch")], ["numpy", "torch"]),
        (
            [run("numpy"), {**run("numpy"), "versions": {"numpy": "3.0"}}],
            ["numpy 2.0", "numpy 3.0"],
        ),
        (
            [run("numpy"), run("numpy", started="2026-02-02")],
            ["numpy 2.0 2026-01-02T03:04:05", "numpy 2.0 2026-02-02"],
        ),
    ],
)
def test_runs_can_be_told_apart(runs, labels):
    assert record.labels(runs) == labels


@pytest.mark.parametrize(
    ("op", "family"),
    [("dot", "linear"), ("conv2d", "convolution"), ("floatx", "configuration"),
     ("deconv2d", "convolution"), ("backend", "configuration")],
)  # fmt: skip
def test_family_is_where_an_op_is_declared(op, family):
    assert record.family(op) == family


def test_long_text_keeps_its_ends():
    text = record.short("a" * 5000 + "b" * 5000)
    assert text.startswith("aaa")
    assert text.endswith("bbb")
    assert len(text) < 2100


# Tables


def test_columns_hold_modes_that_there_are():
    assert set(table.COLUMN_OF) <= set(modes.MODES)


def test_mode_that_no_column_holds_has_its_own():
    rows = table.cells([entry("dot", "eval"), entry("dot", "backwards")])
    assert set(rows["dot"]) == {"eval", "backwards"}
    text = markdown.text(report(run(entries=[entry("dot", "backwards")])))
    assert text.count("| programs | backwards |") == 1


def test_op_is_failed_if_one_mode_is_and_declared_if_all_are():
    states = {op: table.state(row) for op, row in table.cells(MIXED).items()}
    assert states == {"dot": "failed", "exp": "passed", "gather": "declared"}


def test_counts_are_those_of_the_states():
    assert table.counts(run(entries=MIXED)) == {"passed": 1, "declared": 1, "failed": 1}


def test_terminal_shows_what_has_not_passed(capsys):
    table.show(report(run(entries=MIXED, declared=DECLARED)), everything=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["native", "eval"]
    assert lines[2].split() == ["dot", "3", "1/3", "failed"]
    assert lines[3] == "gather    declared unsupported: none"
    assert lines[4] == "bfloat16  declared unsupported: no such dtype"
    assert len(lines) == 5


def test_terminal_shows_patterns_of_one_reason_together(capsys):
    several = {"dot-a-native": "none", "dot-b-native": "none", "dot-c-native": "none"}
    table.show(report(run(entries=[entry("dot", "native", "declared")], declared=several)), False)
    assert capsys.readouterr().out == "\ndot-a-native and 2 more  declared unsupported: none\n"


def test_terminal_shows_nothing_where_all_passed(capsys):
    table.show(report(run(entries=[entry("dot", "eval")])), everything=False)
    assert capsys.readouterr().out == ""


# Text and page


def test_text_has_a_line_for_each_backend():
    text = markdown.text(report(run(entries=MIXED), run("torch", [entry("dot", "eval")])))
    assert "| `dot` | `numpy` | ✓ 3 | **✗ 1 of 3** |" in text
    assert "| `dot` | `torch` |  | ✓ 3 |" in text


def test_text_with_marks_of_its_own_stays_text():
    odd = failure(check="a<b", actual="```\n|x|")
    text = markdown.text(
        report(run(entries=[entry("dot", "eval", "failed", [odd])], declared={"a": "b | c"}))
    )
    assert "<summary>a&lt;b on numpy</summary>" in text
    assert "````text" in text
    assert "b \\| c" in text


def test_text_says_how_many_failures_it_leaves_out():
    bad = [failure() for _ in range(60)]
    text = markdown.text(report(run(entries=[entry("dot", "eval", "failed", bad, 60)])))
    assert "## Failures: 60, of which the first 50" in text


def test_page_survives_what_a_backend_says():
    odd = failure(actual="</script><script>alert(1)</script><!--")
    text = page.text(report(run("a&b", [entry("dot", "eval", "failed", [odd])])))
    assert text.count("</script>") == 2
    assert "<!--" not in text
    assert "<title>kswitch conformance: a&amp;b</title>" in text


def test_page_may_hold_its_own_marks():
    text = page.text(report(run(declared={"dot": "{{script}}"})))
    assert '"dot":"{{script}}"' in text


# The table in the README


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "README.md"
    path.write_text(f"before\n{readme.BEGIN}\nold\n{readme.END}\nafter\n")
    return path


def test_table_stands_between_its_marks(file):
    good = run(entries=[entry("dot", "eval"), entry("batch_dot", "eval")])
    bad = run("torch", [entry("dot", "eval"), entry("batch_dot", "eval", "failed", [failure()])])
    text = readme.updated(str(file), report(good, bad))
    assert text.startswith(f"before\n{readme.BEGIN}\nFunctions that pass on `numpy`, `torch`:\n")
    assert text.endswith(f"\n{readme.END}\nafter\n")
    assert "| linear | 1 (numpy: 2 passed; torch: 1 failed, 1 passed) |  | 1 (numpy: " in text


def test_table_is_read_as_it_was_written(file):
    runs = [
        run(entries=[entry("dot", "eval"), entry("batch_dot", "eval"), entry("exp", "native")]),
        run("torch", MIXED, DECLARED),
    ]
    text = readme.updated(str(file), report(*runs))
    for each in runs:
        assert readme.read(text, each["backend"]) == readme.counted(each)


def test_table_says_nothing_about_others(file):
    text = readme.updated(str(file), report(run(entries=MIXED)))
    with pytest.raises(record.ReportError, match="nothing about jax"):
        readme.read(text, "jax")


def test_part_of_the_suite_makes_no_table(file):
    with pytest.raises(record.ReportError, match="the run of numpy was not of the whole suite"):
        readme.updated(str(file), report(run(complete=False)))


def test_text_without_marks_is_refused(tmp_path):
    (tmp_path / "README.md").write_text("nothing")
    with pytest.raises(record.ReportError, match="needs one line <!-- conformance -->"):
        readme.updated(str(tmp_path / "README.md"), report(run()))


def test_plan_is_what_a_run_that_passes_counts():
    K = kswitch.load_backend("numpy")
    planned = readme.planned(K)
    assert planned["linear"]["eval"] == planned["linear"]["functions"] == {"passed": 2}
    assert planned["configuration"]["functions"]["passed"] > 5
    assert "programs" not in planned["configuration"]
