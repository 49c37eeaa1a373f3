from __future__ import annotations

import pytest

from docs.generate import PAGES, ROOT, SKILL


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_says_now(name: str) -> None:
    """Run `python -m docs.generate` and look at the difference."""
    assert (ROOT / name).read_text(encoding="utf-8") == PAGES[name]()


def test_the_skill_folder_holds_nothing_else() -> None:
    found = {str(path.relative_to(ROOT)) for path in (ROOT / SKILL).rglob("*") if path.is_file()}
    assert found == {name for name in PAGES if name.startswith(SKILL)}
