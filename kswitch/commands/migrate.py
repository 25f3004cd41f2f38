"""Report the uses of Keras's backend in Python files, and let them import kswitch instead.

Each use of `K.name`, `keras.backend.name` or `tf.keras.backend.name` is listed with its line, and
whether kswitch has that function. With --write the imports are rewritten; nothing else is touched.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, NamedTuple

from kswitch import files
from kswitch.commands import CommandError

PACKAGES = ("keras", "tensorflow.keras", "tensorflow.python.keras", "tensorflow.compat.v1.keras")
MODULES = tuple(f"{package}.backend" for package in PACKAGES)
SESSIONS = frozenset(("get_session", "set_session", "get_graph"))
# What is there, and says in its error what to write instead.
RAISES = "there are no sessions: use K.eval, K.get_value or K.function"


class Use(NamedTuple):
    """One use of a name of Keras's backend.

    Attributes:
        line, column: where it begins, from 1.
        text: as it is written there.
        name: the function.
        status: "covered", or what is to be done about it.
    """

    line: int
    column: int
    text: str
    name: str
    status: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", help="Python files, or folders of them")
    parser.add_argument("--write", action="store_true", help="rewrite the imports in these files")
    parser.add_argument("--json", action="store_true", help="print the result as JSON only")


def run(options: argparse.Namespace) -> int:
    try:
        import libcst  # noqa: F401
    except ImportError as error:
        raise CommandError("migrate needs libcst: pip install 'kswitch[migrate]'.") from error
    results: dict[str, Any] = {}
    texts: dict[Path, str] = {}
    for path in python_files(options.files):
        uses, text, changed = migrated(path)
        if changed:
            texts[path] = text
        results[str(path)] = {"uses": [use._asdict() for use in uses], "imports": changed}
    if options.write:  # now that all could be read
        for path, text in texts.items():
            write(path, text)
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        print_all(results, options.write)
    uncovered = [
        use for found in results.values() for use in found["uses"] if use["status"] != "covered"
    ]
    return 1 if uncovered else 0


def python_files(names: list[str]) -> list[Path]:
    """The files that are named, and those in the folders that are.

    Raises:
        CommandError: there is no such file or folder.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            found.extend(sorted(path.rglob("*.py")))
        elif path.is_file():
            found.append(path)
        else:
            raise CommandError(f"there is no file {name}.")
    return found


def write(path: Path, text: str) -> None:
    """Replaces a file at once.

    Raises:
        CommandError: it cannot be written.
    """
    try:
        files.replace(path, text)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error


def migrated(path: Path) -> tuple[list[Use], str, bool]:
    """(uses, text with the imports rewritten, whether that differs from the file)."""
    import libcst

    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read()
        module = libcst.parse_module(text)
    except (libcst.ParserSyntaxError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} is no Python that can be read: {error}") from error
    uses, new = rewritten(module)
    return uses, new.code, new.code != text


def rewritten(module: Any) -> tuple[list[Use], Any]:
    """The uses in a parsed module, and the module with other imports."""
    import libcst as cst
    from libcst import metadata
    from libcst.codemod import CodemodContext
    from libcst.codemod.visitors import AddImportsVisitor

    wrapper = metadata.MetadataWrapper(module)
    imports = metadata.QualifiedNameSource.IMPORT
    known = covered()
    uses: list[Use] = []
    taken = {n.value for n in _all(wrapper.module, cst.Name)}
    ours = any(
        _dotted(n.name) == "backend"
        for n in _all(wrapper.module, cst.ImportAlias)
        if n.asname is not None and n.asname.name.value == "K"
    )
    alias = "K" if ours or "K" not in taken else "kswitch_backend"

    class Rewriter(cst.CSTTransformer):
        METADATA_DEPENDENCIES = (metadata.QualifiedNameProvider, metadata.PositionProvider)
        dotted = False  # whether `keras.backend.name` was found

        def backend_name(self, node: Any) -> str | None:
            """What of Keras's backend an attribute is."""
            for found in self.get_metadata(metadata.QualifiedNameProvider, node, ()):
                package, _, last = found.name.rpartition(".")
                if found.source is imports and package in MODULES:
                    return last
            return None

        def visit_Import(self, node: cst.Import) -> bool:
            return False

        def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
            if _dotted(node.module) in MODULES and not isinstance(node.names, cst.ImportStar):
                for each in node.names:
                    self.note(each, str(each.name.value))
            return False

        def note(self, node: Any, name: str) -> None:
            start = self.get_metadata(metadata.PositionProvider, node).start
            text = module.code_for_node(node).split("(")[0].rstrip(", \n")
            status = _status(name, known)
            uses.append(Use(start.line, start.column + 1, text, name, status))

        def leave_Attribute(self, original: cst.Attribute, updated: cst.Attribute) -> Any:
            name = self.backend_name(original)
            if name is None:
                return updated
            self.note(original, name)
            if isinstance(original.value, cst.Name):
                return updated
            self.dotted = True
            return updated.with_changes(value=cst.Name(alias))

        def leave_Import(self, original: cst.Import, updated: cst.Import) -> Any:
            return updated.with_changes(names=[_import_of_kswitch(each) for each in updated.names])

        def leave_SimpleStatementLine(
            self, original: cst.SimpleStatementLine, updated: cst.SimpleStatementLine
        ) -> Any:
            if len(updated.body) != 1 or not isinstance(updated.body[0], cst.ImportFrom):
                return updated
            lines = _split(updated.body[0])
            first = updated.with_changes(body=[lines[0]])
            more = [cst.SimpleStatementLine([line]) for line in lines[1:]]
            return cst.FlattenSentinel([first, *more])

    rewriter = Rewriter()
    new = wrapper.visit(rewriter)
    if rewriter.dotted:
        context = CodemodContext()
        AddImportsVisitor.add_needed_import(context, "kswitch", "backend", alias)
        new = AddImportsVisitor(context).transform_module(new)
    return sorted(uses), new


def _all(module: Any, kind: type) -> list[Any]:
    from libcst import matchers

    return list(matchers.findall(module, matchers.MatchIfTrue(lambda n: isinstance(n, kind))))


def _dotted(node: Any) -> str:
    """The text of a dotted name."""
    if node is None:
        return ""
    if hasattr(node, "attr"):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return str(node.value)


def _import_of_kswitch(alias: Any) -> Any:
    """`keras.backend as K` in an import statement as `kswitch.backend as K`."""
    import libcst as cst

    if _dotted(alias.name) not in MODULES or alias.asname is None:
        return alias
    return alias.with_changes(name=cst.Attribute(cst.Name("kswitch"), cst.Name("backend")))


def _split(statement: Any) -> list[Any]:
    """A `from … import …` as one or two statements, with the backend from kswitch."""
    import libcst as cst

    module = _dotted(statement.module)
    if module in MODULES:
        return [
            statement.with_changes(module=cst.Attribute(cst.Name("kswitch"), cst.Name("backend")))
        ]
    if module not in PACKAGES or isinstance(statement.names, cst.ImportStar):
        return [statement]
    ours = [each for each in statement.names if each.name.value == "backend"]
    theirs = [each for each in statement.names if each.name.value != "backend"]
    if not ours:
        return [statement]
    kswitch = cst.Name("kswitch")
    if not theirs:
        return [statement.with_changes(module=kswitch)]
    theirs[-1] = theirs[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    last = ours[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return [
        statement.with_changes(names=theirs),
        cst.ImportFrom(module=kswitch, names=[*ours[:-1], last]),
    ]


def covered() -> frozenset[str]:
    """The names of K."""
    from kswitch import config, declare, ops

    public = [name for name, op in declare.OPS.items() if op.public]
    settings = [function.__name__ for function in config.FUNCTIONS]
    return frozenset([*public, *settings, *ops.ALIASES, "backend", "_BACKEND"])


def _status(name: str, known: frozenset[str]) -> str:
    if name in SESSIONS:
        return RAISES
    if name in known:
        return "covered"
    import difflib

    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.8)
    return "not in kswitch" + (f"; did you mean {close[0]}?" if close else "")


def print_all(results: dict[str, Any], write: bool) -> None:
    count = 0
    open_ = 0
    for path, found in results.items():
        for use in found["uses"]:
            count += 1
            open_ += use["status"] != "covered"
            print(f"{path}:{use['line']}:{use['column']}: {use['text']}: {use['status']}")
        if found["imports"]:
            verb = "rewritten" if write else "would be rewritten with --write"
            print(f"{path}: imports {verb}")
    files = "1 file" if len(results) == 1 else f"{len(results)} files"
    print(f"{count} uses in {files}, {count - open_} covered by kswitch.")
