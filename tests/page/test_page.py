"""The page of a report in headless Chromium: `tox -e page` runs this.

The browser is one that is installed (chromium, google-chrome), else playwright's own, which is
fetched if need be. Without any the tests fail. With --basetemp=FOLDER the screenshots stay there.
"""

import json
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# As root there is no sandbox; and nothing may be fetched.
ROOT = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser():
    path = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        start = partial(playwright.chromium.launch, executable_path=path, args=[*ROOT, *QUIET])
        try:
            browser = start()
        except Error:
            subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])
            try:
                browser = start()
            except Error as error:
                pytest.fail(f"install a Chromium, by `apt-get install chromium`, say. {error}")
        yield browser
        browser.close()


def conformance(folder, *arguments):
    paths = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [sys.executable, "-m", "kswitch.conformance", *map(str, arguments)]
    settings = {"PYTHONPATH": os.pathsep.join(paths)}
    subprocess.run(command, cwd=folder, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """page.html of two runs, one of them of a backend with mistakes, and alone.html of the latter.

    Both ran on some of the suite only: functions of four families.
    """
    folder = tmp_path_factory.mktemp("page")
    names = "tanh relu cumsum sum square exp one_hot gather ctc_decode conv2d conv1d log ndim"
    select = " or ".join(f"[{name}-" for name in names.split())
    for backend in ("numpy", "sample_flawed"):
        conformance(folder, backend, "-k", select, "--report", f"{backend}.json")
    runs = [folder / "numpy.json", folder / "sample_flawed.json"]
    conformance(folder, "report", *runs, "-o", "page.html")
    conformance(folder, "report", runs[1], "-o", "alone.html")
    return folder


@pytest.fixture
def opened(browser, folder):
    """opened(file, **options) opens a page; what it asks of a network or complains of fails."""
    contexts, trouble = [], []

    def open(file="page.html", size=DESKTOP, **options):
        context = browser.new_context(viewport=size, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda r: r.url.startswith("file:") or trouble.append(r.url))
        page.goto(f"{(folder / file.partition('#')[0]).as_uri()}#{file.partition('#')[2]}")
        return page

    yield open
    for context in contexts:
        context.close()
    assert not [text for text in trouble if not text.startswith("data:")]


def shown(page):
    """The functions that can be seen."""
    return page.eval_on_selector_all(
        "tr.op", "rows => rows.filter(r => r.checkVisibility()).map(r => r.dataset.op)"
    )


def state(page, op, column, run):
    """What a cell of the matrix says about a backend; None where there is nothing."""
    cell = page.locator(f"tr[data-op={op}] td[data-column={column}] .mark").nth(run)
    return cell.get_attribute("data-state")


# What is there


def test_every_function_has_a_row(opened, folder):
    page = opened()
    runs = [json.loads((folder / f"{n}.json").read_text()) for n in ("numpy", "sample_flawed")]
    ops = {entry["op"] for run in runs for entry in run["runs"][0]["entries"]}
    assert set(shown(page)) == ops


@pytest.mark.parametrize(
    ("op", "column", "states"),
    [
        ("tanh", "eval", ["passed", "failed"]),
        ("tanh", "gradient", ["passed", "passed"]),
        ("exp", "function", ["passed", "passed"]),
        ("gather", "eval", ["passed", "declared"]),
        ("exp", "native", ["passed", None]),
    ],
)
def test_cell_holds_a_mark_for_each_backend(opened, op, column, states):
    page = opened()
    assert [state(page, op, column, run) for run in (0, 1)] == states


def test_mark_is_read_out(opened):
    mark = opened().locator("tr[data-op=tanh] td[data-column=eval] .mark").nth(1)
    expect(mark).to_contain_text("sample_flawed: ")
    expect(mark).to_contain_text("failed")


def test_card_counts_the_functions(opened):
    card = opened().locator(".run").nth(1)
    expect(card).to_contain_text("sample_flawed")
    expect(card).to_contain_text("5 failed")
    expect(card).to_contain_text("2 declared")
    expect(card).to_contain_text("not the whole suite")


def test_one_run_shows_how_many_checks(opened):
    page = opened("alone.html")
    expect(page.locator("tr[data-op=exp] td[data-column=eval]")).to_contain_text("passed")
    assert page.locator("tr[data-op=exp] td[data-column=eval] small").inner_text().isdecimal()


# Filters


def test_search_finds_functions(opened):
    page = opened()
    page.get_by_label("Search").fill("conv")
    assert set(shown(page)) == {"conv1d", "conv2d"}
    expect(page.get_by_role("status")).to_have_text("2 of 13 functions")


def test_search_finds_failures(opened):
    page = opened()
    page.get_by_label("Search").fill("no such KERNEL")
    assert set(shown(page)) == {"square", "relu"}


def test_search_finds_reasons(opened):
    page = opened()
    page.get_by_label("Search").fill("<our> library")
    assert shown(page) == ["ctc_decode"]


@pytest.mark.parametrize(
    ("label", "ops"),
    [
        ("Failed", {"tanh", "cumsum", "square", "relu", "one_hot"}),
        ("Declared", {"gather", "ctc_decode"}),
        ("Passed", {"sum", "exp", "conv2d", "conv1d", "log", "ndim"}),
    ],
)
def test_result_chooses(opened, label, ops):
    page = opened()
    page.locator("fieldset label", has_text=label).click()
    assert set(shown(page)) == ops
    expect(page.locator("fieldset label", has_text=label)).to_contain_text(str(len(ops)))


def test_family_chooses(opened):
    page = opened()
    page.get_by_label("Family").select_option("convolution")
    assert set(shown(page)) == {"conv1d", "conv2d"}


def test_mode_shows_one_column(opened):
    page = opened()
    page.get_by_label("Mode").select_option("queries")
    assert shown(page) == ["ndim"]
    heads = page.locator("#matrix > thead th").locator("visible=true")
    expect(heads).to_have_count(2)


def test_mode_and_result_go_together(opened):
    page = opened()
    page.get_by_label("Mode").select_option("gradient")
    page.locator("fieldset label", has_text="Failed").click()
    assert set(shown(page)) == {"square", "relu"}


def test_backend_can_be_left_out(opened):
    page = opened()
    page.get_by_label("Show sample_flawed").uncheck()
    page.locator("fieldset label", has_text="Failed").click()
    assert shown(page) == []
    page.locator("fieldset label", has_text="Passed").click()
    assert len(shown(page)) == 13


def test_nothing_found_leads_back(opened):
    page = opened()
    page.get_by_label("Search").fill("no function is called so")
    expect(page.get_by_text("No function is like that.")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    assert len(shown(page)) == 13


def test_filter_is_in_the_address(opened):
    page = opened()
    page.get_by_label("Search").fill("t")
    page.locator("fieldset label", has_text="Failed").click()
    page.get_by_label("Show numpy").uncheck()
    again = opened(f"page.html#{page.url.partition('#')[2]}")
    assert shown(again) == shown(page)
    expect(again.get_by_label("Show numpy")).not_to_be_checked()


def test_slash_goes_to_the_search(opened):
    page = opened()
    page.keyboard.press("/")
    expect(page.get_by_label("Search")).to_be_focused()


# What unfolds


def test_failure_unfolds_to_both_values(opened):
    page = opened()
    button = page.get_by_role("button", name="tanh", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    failure = page.locator("details.failure").first
    expect(failure).to_contain_text("tanh-eval")
    expect(failure.locator(".expected pre")).to_be_visible()
    expect(failure.locator(".expected pre")).to_contain_text("float32 (2, 6)")
    expect(failure.locator(".actual pre")).to_contain_text("float32 (2, 6)")
    assert (
        failure.locator(".expected pre").inner_text() != failure.locator(".actual pre").inner_text()
    )


def test_function_folds_again(opened):
    page = opened()
    page.get_by_role("button", name="tanh", exact=True).click()
    page.get_by_role("button", name="tanh", exact=True).click()
    expect(page.locator("tr.detail")).to_have_count(0)


def test_reason_of_a_declaration_is_text(opened):
    page = opened()
    page.get_by_role("button", name="ctc_decode", exact=True).click()
    expect(page.locator("tr.detail")).to_contain_text("no beam search in <our> library")


# Sizes and colours


@pytest.mark.parametrize("file", ["page.html", "alone.html"])
@pytest.mark.parametrize("width", [320, 390, 700, 1024, 1280])
def test_nothing_is_wider_than_the_window(opened, file, width):
    page = opened(file, {"width": width, "height": 800})
    for op in ("tanh", "cumsum", "square", "gather"):
        page.get_by_role("button", name=op, exact=True).click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_phone_shows_one_mark_a_backend(opened):
    page = opened(size=PHONE)
    row = page.locator("tr[data-op=tanh]")
    expect(row.locator(".mark").locator("visible=true")).to_have_count(2)
    row.get_by_role("button").click()
    expect(page.locator("tr.detail .modes")).to_contain_text("gradient")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_text_stands_out(opened, tmp_path, size, scheme):
    """Every text has the contrast to its ground that WCAG 2 asks for (AA: 4.5)."""
    page = opened(size=size, color_scheme=scheme)
    page.get_by_role("button", name="cumsum", exact=True).click()
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    assert page.evaluate(CONTRASTS) == []


CONTRASTS = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const bad = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    const text = walker.currentNode.data.trim();
    if (!text || !e.checkVisibility() || e.closest("script, option, .said")) continue;
    const pair = [light(parse(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) bad.add(`${e.tagName}.${e.className} ${text} ${ratio.toFixed(1)}`);
  }
  return [...bad];
}"""


def test_page_without_scripts_still_tells_the_counts(opened):
    page = opened(java_script_enabled=False)
    expect(page.get_by_text("sample_flawed: 6 functions passed")).to_be_visible()
