"""Names as they look: two names with one look may be one person's.

Knows: letters. Must not know: what a name stands for.
After Unicode technical standard 39, kept to letters that account names and signers have; unlike there, accents do not
count, since a name may be written with and without them.
"""

from __future__ import annotations

import unicodedata

from flightrules.state.visible import visible

_LIKE = str.maketrans(
    {
        **dict(zip("авеһіјкӏмнорԛѕтуԝхԁԍьғѵ", "abehijklmhopqstywxdgbfv", strict=True)),
        **dict(zip("αβγεικνορτυχωη", "abyeiknoptuxwn", strict=True)),
        **dict(zip("ıłøđɑɡ", "ilodag", strict=True)),
    }
)
_ONE_STROKE = str.maketrans("1i|0", "lllo")
"""Characters that many typefaces draw alike."""


def look(name: str) -> str:
    """Return a key that is the same for names that a reader could take for one another."""
    apart = unicodedata.normalize("NFKD", visible(name)).casefold()
    letters = "".join(one for one in apart if not unicodedata.combining(one))
    return letters.translate(_LIKE).translate(_ONE_STROKE).strip()
