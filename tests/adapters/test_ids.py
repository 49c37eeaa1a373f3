from __future__ import annotations

import re

from flightrules.adapters.ids import ALPHABET, RandomIds


def test_an_id_is_the_prefix_and_six_unambiguous_signs() -> None:
    for _ in range(200):
        assert re.fullmatch(r"INC-[0-9A-HJKMNP-TV-Z]{6}", RandomIds().new("INC"))


def test_the_alphabet_is_crockfords() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


def test_ids_differ() -> None:
    # 32 ** 6 ids: among a hundred, two are equal once in 200 000 runs.
    assert len({RandomIds().new("OP") for _ in range(100)}) == 100
