"""What `kswitch bench` makes of its figures: goals, the text in a file, the picture."""

import json
import xml.etree.ElementTree as ET

import pytest

from kswitch.bench import MODELS, TABLES, goals, plot, readme, results, tables

ROW = {"by_hand": 2.0, "kswitch": 1.0, "train_on_batch": 4.0, "fit": 4.0, "loop": 1.0}


def steps(ratio):
    rows = [
        {"model": model, "optimizer": optimizer, "batch": 32, "ratio": ratio, **ROW}
        for model in MODELS
        for optimizer in ("SGD", "Adam")
    ]
    return {"version": "1.0", "rows": rows, "figures": {"mean": ratio}}


def keras3(ratio):
    found = steps(ratio)
    for row in found["rows"]:
        row |= {"over_batch": ratio, "over_fit": ratio}
        row |= {"over_batch_limit": 0.9, "over_fit_limit": 0.1}
    return found | {"figures": {}, "keras": "3.15.1"}


def judged(engine, **found):
    return {engine: {t: f | {"goals": goals.judged(t, engine, f)} for t, f in found.items()}}


@pytest.fixture
def found():
    return judged("torch", steps=steps(0.8), keras3=keras3(0.4)) | judged("jax", steps=steps(0.5))


# Goals


def test_every_goal_has_a_form_and_a_line():
    for goal in goals.GOALS:
        assert goal.table in TABLES
        forms = (tables.FIGURES if goal.rows is None else tables.COLUMNS)[goal.table]
        assert goal.field in forms
        assert (goal.table, goal.field) in readme.OTHER
    assert len(readme.OTHER) == len({(goal.table, goal.field) for goal in goals.GOALS})


def test_no_figure_has_two_goals():
    rows = [{"model": model, "batch": batch} for model in MODELS for batch in (1, 32, 512)]
    for engine in goals.ENGINES:
        for row in [None, *rows]:
            fields = [
                (goal.table, goal.field)
                for goal in goals.GOALS
                if engine in goal.engines
                and (goal.rows is None if row is None else goal.rows and goal.rows(row))
            ]
            assert len(fields) == len(set(fields))


@pytest.mark.parametrize(
    ("engine", "mean", "lstm"), [("torch", 0.85, 1.0), ("tensorflow", 0.5, 1.1), ("jax", 0.97, 1.1)]
)
def test_goals_are_those_of_the_engine(engine, mean, lstm):
    verdicts = goals.judged("steps", engine, steps(0.9))
    most = {(each["field"], each["row"]): each["most"] for each in verdicts}
    assert most["mean", None] == mean
    assert most["ratio", MODELS.index("LSTM") * 2] == lstm
    assert most["ratio", 0] == 1.1


def test_a_figure_that_is_printed_like_its_goal_meets_it():
    for figure, met in ((1.104, True), (1.106, False)):
        first = goals.judged("steps", "numpy", {"rows": [], "figures": {"mean": figure - 0.1}})
        assert first[0]["met"] is met


def test_code_by_hand_is_the_reason_where_it_is_no_quicker(monkeypatch):
    monkeypatch.setattr(goals, "REASONS", ())
    verdicts = goals.judged("keras3", "torch", keras3(0.4))
    reasons = {each["field"]: each.get("reason") for each in verdicts}
    assert reasons == {"over_batch": "by hand / train_on_batch: 0.90", "over_fit": None}


def test_a_reason_is_told_of_its_goal(monkeypatch):
    reason = goals.Reason("steps", "ratio", "the same kernels", ("torch",), goals.lstm)
    monkeypatch.setattr(goals, "REASONS", (reason,))
    found = judged("torch", steps=steps(1.3))
    lines = list(tables.missed("torch", "steps", found["torch"]["steps"]))
    assert lines[-1] == "torch steps: LSTM, Adam: ratio 1.30 > 1.00 (the same kernels)"
    assert sum("same kernels" in line for line in lines) == 2


# Files


def test_files_are_merged(tmp_path, found):
    one, two = tmp_path / "1.json", tmp_path / "2.json"
    one.write_text(json.dumps(found))
    two.write_text(json.dumps(judged("jax", steps=steps(0.6)) | judged("numpy", steps=steps(1.0))))
    merged = results.load([str(one), str(two)])
    assert list(merged) == ["numpy", "torch", "jax"]
    assert merged["jax"]["steps"]["figures"]["mean"] == 0.6
    assert merged["torch"] == found["torch"]


def test_figures_of_a_file_are_judged_by_todays_goals(tmp_path, monkeypatch, found):
    file = tmp_path / "old.json"
    file.write_text(json.dumps(found))
    monkeypatch.setattr(goals, "GOALS", (goals.Goal("steps", "mean", 0.6),))
    assert results.count(results.load([str(file)])) == (1, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON"),
        ("[]", "is not what"),
        ('{"theano": {}}', "is not what"),
        ('{"jax": {"steps": {"rows": []}}}', "is not what"),
    ],
)
def test_other_files_are_refused(tmp_path, text, message):
    file = tmp_path / "a.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        results.load([str(file)])


# The text


def test_text_has_models_by_engines_and_every_goal(found):
    text = readme.part(found)
    assert "torch 1.0, jax 1.0, Keras 3.15.1" in text
    assert "| LSTM | 0.80 / 0.80 | 0.50 / 0.50 |" in text
    assert "| LSTM | 0.40 / 0.40 |\n" in text
    assert "| training step over one by hand, geometric mean | 0.80 ≤ 0.85 | 0.50 ≤ 0.97 |" in text
    assert "| training step over `train_on_batch` of Keras 3 | 0.40 > 0.33 |  |" in text
    met, all_ = results.count(found)
    assert f"{met} of {all_} goals are met" in text
    assert (met, all_) == (2 * 13, 2 * 13 + 24)


def test_what_failed_is_left_out(found):
    text = readme.part(found | {"numpy": {"steps": {"error": "ValueError: no"}}})
    assert "| LSTM | 0.80 / 0.80 | 0.50 / 0.50 |" in text


# The picture


def test_picture_has_a_mark_for_each_ratio_and_is_small(found):
    pytest.importorskip("matplotlib")
    picture = plot.svg(found)
    assert len(picture.encode()) < 60_000
    root = ET.fromstring(picture)
    marks = list(root.iter("{http://www.w3.org/2000/svg}use"))
    texts = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
    assert len(marks) > 3 * 12
    assert texts >= {*MODELS, "torch", "jax", "SGD", "Adam"}
    assert "numpy" not in texts
    assert picture == plot.svg(found)


def test_nothing_to_draw_is_told():
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError, match="no ratios"):
        plot.svg({})
