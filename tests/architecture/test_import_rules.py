"""The import rules hold, the checker that says so can fail, and no package has a cycle inside."""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

CONTRACTS = 6
DIMSE = frozenset({"gateway.sender"})  # besides the scp itself
BREACHES = (
    ("config", "import scp"),
    ("scp", "import worklist"),
    ("scp", "import sqlalchemy"),
    ("anonymizer", "import config"),
    ("anonymizer", "import fastapi"),
    ("worklist", "import anonymizer"),
    ("worklist", "import viewer_api"),
    ("viewer_api", "import gateway"),
    ("viewer_api", "import pynetdicom"),
    ("sample_studies", "import gateway"),
)


@pytest.fixture
def small_tree(tmp_path: Path, checkout: Path, packages: tuple[str, ...]) -> Path:
    """Return a folder with empty packages of our names under our contracts."""
    for package in packages:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
        (tmp_path / package / "module.py").write_text("")
    (tmp_path / "pyproject.toml").write_bytes((checkout / "pyproject.toml").read_bytes())
    return tmp_path


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    return subprocess.run([sys.executable, "-c", command], cwd=folder, capture_output=True, text=True, check=False)


def test_every_contract_of_the_checkout_is_kept(checkout: Path) -> None:
    result = lint(checkout)
    assert f"{CONTRACTS} kept, 0 broken" in result.stdout
    assert result.returncode == 0


def test_packages_that_import_nothing_break_no_contract(small_tree: Path) -> None:
    result = lint(small_tree)
    assert result.returncode == 0, result.stdout
    assert f"{CONTRACTS} kept, 0 broken" in result.stdout


@pytest.mark.parametrize(("package", "breach"), BREACHES)
def test_an_import_hidden_in_a_function_breaks_a_contract(small_tree: Path, package: str, breach: str) -> None:
    (small_tree / package / "module.py").write_text(f"def late() -> None:\n    {breach}\n")
    result = lint(small_tree)
    assert result.returncode == 1, result.stdout
    assert "Broken contracts" in result.stdout
    assert f"{package}.module" in result.stdout


def test_only_the_scp_and_the_return_sender_import_pynetdicom(import_graph: grimp.ImportGraph) -> None:
    importers = import_graph.find_modules_that_directly_import("pynetdicom")
    assert importers, "the graph does not know pynetdicom: this test looks at nothing"
    assert {name for name in importers if not name.startswith("scp.")} <= DIMSE


def test_nobody_imports_the_gateway(import_graph: grimp.ImportGraph) -> None:
    below = {"gateway"} | import_graph.find_descendants("gateway")
    importers = {name for module in below for name in import_graph.find_modules_that_directly_import(module)}
    assert {name for name in importers if not name.startswith("gateway")} == set()


def test_no_package_has_an_import_cycle(import_graph: grimp.ImportGraph, packages: tuple[str, ...]) -> None:
    edges = {
        module: import_graph.find_modules_directly_imported_by(module)
        for module in import_graph.modules
        if module.partition(".")[0] in packages
    }
    assert len(edges) > 100
    assert cycles_of(edges) == []


def test_a_cycle_is_found_when_there_is_one() -> None:
    assert cycles_of({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}) == [["a", "b", "c"]]
    assert cycles_of({"a": {"b"}, "b": set()}) == []


def cycles_of(edges: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other; what is never imported back is peeled off first."""
    left = {module: {target for target in targets if target in edges} for module, targets in edges.items()}
    while loose := [module for module, targets in left.items() if not targets]:
        for module in loose:
            del left[module]
        for targets in left.values():
            targets.difference_update(loose)
    groups = {frozenset(reached(left, start) & reached_backwards(left, start)) for start in left}
    return sorted(sorted(group) for group in groups if group)


def reached(edges: dict[str, set[str]], start: str) -> set[str]:
    """Return every module that can be reached from one by at least one import."""
    seen: set[str] = set()
    todo = list(edges[start])
    while todo:
        module = todo.pop()
        if module not in seen:
            seen.add(module)
            todo.extend(edges[module])
    return seen


def reached_backwards(edges: dict[str, set[str]], start: str) -> set[str]:
    """Return every module that reaches one by at least one import."""
    backwards: dict[str, set[str]] = {module: set() for module in edges}
    for module, targets in edges.items():
        for target in targets:
            backwards[target].add(module)
    return reached(backwards, start)
