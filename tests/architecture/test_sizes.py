"""Files and functions stay small; an exception needs a reason, and goes when it is no longer needed."""

import ast
from pathlib import Path
from statistics import median

LONGEST_FILE = 400
LONGEST_FUNCTION = 80
MEDIAN_FILE = 150

FILE_EXCEPTIONS: dict[str, str] = {
    "gateway/migrations/versions/0001_first_schema.py": "a migration lists every table of a schema",
}
FUNCTION_EXCEPTIONS: dict[str, str] = {
    "gateway/migrations/versions/0001_first_schema.py:upgrade": "a migration lists every table of a schema",
    "worklist/migrations/versions/0001_first_schema.py:upgrade": "a migration lists every table of a schema",
}


def functions_of(path: Path) -> list[tuple[str, int]]:
    """Return the functions of a file with their length in lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_no_file_is_too_long(checkout: Path, kept_files: list[Path]) -> None:
    lengths = {name: len(path.read_bytes().splitlines()) for name, path in python_files(checkout, kept_files)}
    assert {name for name, length in lengths.items() if length > LONGEST_FILE} == set(FILE_EXCEPTIONS)
    assert median(lengths.values()) <= MEDIAN_FILE


def test_no_function_is_too_long(checkout: Path, kept_files: list[Path]) -> None:
    long = {
        f"{name}:{function}": length
        for name, path in python_files(checkout, kept_files)
        for function, length in functions_of(path)
        if length > LONGEST_FUNCTION
    }
    assert set(long) == set(FUNCTION_EXCEPTIONS), long


def test_a_long_function_would_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("class C:\n    def f(self):\n" + "        pass\n" * 90)
    assert functions_of(path) == [("f", 91)]


def python_files(checkout: Path, files: list[Path]) -> list[tuple[str, Path]]:
    """Return the Python files with their names in the checkout."""
    return [(path.relative_to(checkout).as_posix(), path) for path in files if path.suffix == ".py"]
