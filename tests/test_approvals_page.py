"""docs/approvals.md says of each channel what the product itself says, and its example verifies as written there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flightrules.state.signing.sshsig import NAMESPACE
from flightrules.state.signing.statements import PlanApproved
from flightrules.state.words import CHANNEL_PROVES

PAGE = (Path(__file__).parents[1] / "docs" / "approvals.md").read_text(encoding="utf-8")


@pytest.mark.requirement("APP-proves")
def test_the_page_says_what_each_channel_proves_in_the_words_of_the_product() -> None:
    told = dict(
        re.findall(r"^\| `(\w+)` \| (.+)\. \|$", PAGE.replace("`allowed_signers`", "allowed_signers"), re.MULTILINE)
    )
    assert {channel: said[:1].lower() + said[1:] for channel, said in told.items()} == {
        channel: said[:1].lower() + said[1:] for channel, said in CHANNEL_PROVES.items()
    }


def test_the_page_names_the_purpose_and_every_field_that_is_signed() -> None:
    assert f"-n {NAMESPACE} " in PAGE
    (line,) = re.findall(r'^\{"acknowledged".*$', PAGE, re.MULTILINE)
    assert set(re.findall(r'"(\w+)":', line)) == set(PlanApproved.model_fields)
