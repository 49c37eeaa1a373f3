"""The prompts as a folder that agents which read skills can load.

Knows: the form of such a folder. Must not know: where it is put.
"""

from __future__ import annotations

from flightrules.prompts.catalog import PromptSpec, prompts

NAME = "flightrules"
DESCRIPTION = (
    "Run a production incident by protocol with the flightrules MCP server, from assessment over rollback or fix to "
    "the report. Use when production errs, fails, slows down, loses or corrupts data, when users report something "
    "broken, or when a breach is suspected."
)
"""On one line and without a colon: it stands in YAML as it is."""


def skill_files() -> dict[str, str]:
    """Path in the folder and text: the whole response first, each further prompt in a file of its own."""
    first, *further = prompts()
    pages = {f"references/{spec.name}.md": _page(spec) for spec in further}
    listed = [f"- [{spec.title}](references/{spec.name}.md): {spec.description}" for spec in further]
    head = ["---", f"name: {NAME}", f"description: {DESCRIPTION}", "---", ""]
    needs = "It needs the flightrules MCP server; without its tools, tell your user how to set it up and stop."
    return {"SKILL.md": "\n".join([*head, _page(first), needs, "", "## Further", "", *listed, ""]), **pages}


def _page(spec: PromptSpec) -> str:
    return f"{spec.text({}).strip()}\n\n(Prompt `{spec.name}`, version {spec.version}.)\n"
