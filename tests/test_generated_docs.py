from __future__ import annotations

import pytest

from docs.generate import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_says_now(name: str) -> None:
    """Run `python -m docs.generate` and look at the difference."""
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name]()
