"""Reasons for a person that hold names and numbers: the French sentence and its values, apart. Pure.

A page translates the sentence first and puts the values in afterwards; a command prints it as it is.
"""

from __future__ import annotations


class Said(ValueError):
    """`str()` of it is the French sentence, whole."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence % values if values else sentence)
        self.sentence, self.values = sentence, values


class Told(str):
    """A sentence that is a string like any other, and that a page can still translate."""

    sentence: str
    values: dict[str, object]

    def __new__(cls, sentence: str, **values: object) -> Told:
        made = super().__new__(cls, sentence % values if values else sentence)
        made.sentence, made.values = sentence, values
        return made


def listed(names: list[str]) -> str:
    """At most eight names, then how many more there are."""
    return ", ".join(names[:8]) + (f"… (+{len(names) - 8})" if len(names) > 8 else "")
