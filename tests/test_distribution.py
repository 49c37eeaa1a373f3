"""Products of the repository: the wheel has all that is read at run time, the sdist all that make needs."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata

from flightrules import __version__

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both, as `pip`, `pipx` and `uv` build them."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=100,
    )
    return folder


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    package = ROOT / "src" / "flightrules"
    files = {path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert held == {f"flightrules/{path.relative_to(package)}" for path in files}
        assert {Path(name).suffix for name in held} >= {".py", ".typed", ".sh", ".sql", ".j2", ".md", ".toml"}
        (entries,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        said = archive.read(entries).decode()
    assert "flightrules = flightrules.cli:main" in said
    assert "flightrules = flightrules.pytest_plugin" in said


def test_the_metadata_are_what_a_package_index_wants(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        told = Metadata.from_email(archive.read(name), validate=False)
        assert archive.read(name.replace("METADATA", "licenses/LICENSE")) == (ROOT / "LICENSE").read_bytes()
    assert told.license_expression == "Apache-2.0"
    assert told.description_content_type == "text/markdown"
    assert told.description == (ROOT / "README.md").read_text()
    assert told.summary
    assert told.keywords
    assert told.classifiers


def test_the_sdist_holds_all_that_make_needs(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2].partition("/")[0] for name in archive.getnames()}
    for name in ("src", "tests", "sandbox", "bench", "docs", "skills", "Makefile", "requirements.lock", "LICENSE"):
        assert name in held
    assert {page.name for page in ROOT.glob("*.md")} <= held


def test_the_registry_entry_names_this_version_and_no_package_index() -> None:
    text = (ROOT / "server.json").read_text()
    entry = json.loads(text)
    assert {entry["version"], entry["packages"][0]["version"]} == {__version__}
    assert len(entry["description"]) <= 100
    assert "registryBaseUrl" not in text


@pytest.mark.timeout(400)
def test_the_wheel_installs_beside_the_newest_of_what_others_want(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    python = tmp_path / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]

    def run(*words: str | Path) -> str:
        return subprocess.run(words, check=True, capture_output=True, text=True, timeout=300, cwd=tmp_path).stdout

    run(sys.executable, "-m", "venv", "--without-pip", python.parents[1])
    newest = ("pydantic", "httpx", "cachetools", "jsonpickle")
    run(*pip, "install", "--quiet", *newest)
    before = run(*pip, "freeze")
    run(*pip, "install", "--quiet", wheel)
    assert set(before.splitlines()) <= set(run(*pip, "freeze").splitlines()), "a newer one had to give way"
    assert __version__ in run(python.parent / "flightrules", "--version")
    assert run(python, "-c", "import flightrules.bootstrap, flightrules.server.mcp; print('whole')") == "whole\n"
