"""Tables and progress on the terminal; plain lines where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

console = Console(highlight=False)
if not console.is_terminal:
    console.width = 500  # nothing is folded


def print_facts(facts: dict[str, str]) -> None:
    """One `name  value` line each, the values in one column."""
    width = max(map(len, facts))
    for name, value in facts.items():
        print(f"{name:<{width}}  {value}")


def print_table(columns: list[str], rows: list[list[str]]) -> None:
    """A table with the first column on the left; cells are plain text and are never cut off.

    On a terminal they are folded to its width.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(cell.replace("[", r"\[") for cell in row))
    console.print(table)


def print_failures(results: dict[str, dict]) -> None:
    """One line for each result that is {"error": text}."""
    for name, result in results.items():
        if "error" in result:
            print(f"{name} failed: {result['error']}")


def working(text: str, quiet: bool) -> AbstractContextManager[object]:
    """Shows that something takes a while; on a terminal only."""
    if quiet or not console.is_terminal:
        return nullcontext()
    return console.status(text)


@contextmanager
def progress(epochs: int, what: str) -> Iterator[Callable[[int, float], None]]:
    """Gives report(epochs done, value): a bar on a terminal, about five lines elsewhere."""
    if not console.is_terminal:
        every = max(1, epochs // 5)

        def print_line(done: int, value: float) -> None:
            if done % every == 0 or done == epochs:
                print(f"epoch {done:>{len(str(epochs))}}/{epochs}  {what} {value:.6f}", flush=True)

        yield print_line
        return

    columns = (
        TextColumn("epoch"),
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("{task.fields[text]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=epochs, text=what)
        yield lambda done, value: bar.update(task, completed=done, text=f"{what} {value:.6f}")
