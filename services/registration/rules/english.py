"""Step 3 of nine: what an event says in the reader's language. Next: services/registration/models/events.py."""

from __future__ import annotations

from typing import Any

EVENT = ("title_en", "summary_en", "description_en", "to_bring_en", "word_en", "prerequisites_en")
WORKSHOP = ("title_en", "summary_en")
SLOT = ("label_en",)
MOMENT = ("title_en",)


def told(thing: Any, name: str, language: str) -> str:
    """`thing.name` in English for who reads English, when somebody wrote it; in French otherwise."""
    english = getattr(thing, f"{name}_en", "") if language == "en" else ""
    return str(english or getattr(thing, name))
