# ruff: noqa: T201 - printing is what the command is for
"""Count the files that a new tool touches: `python -m tests.recipes.new_tool`.

It applies an example, the tool `note`, to a copy of this tree, lets the programs write what they write, and runs the
tests that every new tool has to pass. `new_tool.patch` is the recipe: a change of the house may need it made anew.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parents[2]
RECIPE = Path(__file__).with_suffix(".patch")
AIM = 8
"""Number of files that a new tool should touch."""

TESTS = (
    "tests/service/test_note.py",
    "tests/state/test_events.py",
    "tests/tools",
    "tests/test_generated_docs.py",
    "tests/test_readme.py",
    "tests/test_sizes.py",
)


def written_by_hand() -> list[str]:
    """The files that the recipe names."""
    lines = RECIPE.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("+++ b/") for line in lines if line.startswith("+++ b/")]


def copy_to(folder: Path) -> None:
    """Copy the files that git knows, as they are now."""
    named = subprocess.run(["git", "ls-files", "-z"], cwd=HERE, check=True, capture_output=True, text=True).stdout
    for name in filter(None, named.split("\0")):
        if (HERE / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(HERE / name, folder / name)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but for caches."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def run(folder: Path, *words: str, **settings: str) -> bool:
    """Run a module of Python in the copy; True if it succeeded."""
    paths = os.pathsep.join((str(folder / "src"), str(folder)))
    env = os.environ | {"PYTHONPATH": paths} | settings
    return subprocess.run([sys.executable, "-m", *words], cwd=folder, env=env, check=False).returncode == 0


def written_by_programs(folder: Path) -> Iterable[str]:
    """Let the programs write what they write; return the names of the files."""
    before = contents(folder)
    run(folder, "docs.generate")
    run(folder, "pytest", "-q", "-p", "no:cacheprovider", "tests/tools", FLIGHTRULES_UPDATE_SNAPSHOTS="1")
    return sorted(name for name, text in contents(folder).items() if before.get(name) != text)


def main() -> int:
    """Measure, and print."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        copy_to(folder)
        if subprocess.run(["git", "apply", "-C1", RECIPE], cwd=folder, check=False).returncode:
            print(f"{RECIPE.name} does not fit this tree: add the tool by hand once more, and keep the difference.")
            return 1
        programs = written_by_programs(folder)
        passed = run(folder, "pytest", "-q", "-p", "no:cacheprovider", *TESTS)
    hand = written_by_hand()
    print(f"\nA new tool touches {len(hand)} files by hand (aim: {AIM}), and programs write {len([*programs])}:")
    for name in hand:
        print(f"  by hand  {name}")
    for name in programs:
        print(f"  program  {name}")
    print("Its tests pass." if passed else "Its tests FAIL.")
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
