"""The words of one language for who is meant and for what is wrong with them. Their pairs are in `tongues.py`."""

from __future__ import annotations

from typing import NamedTuple


class Tongue(NamedTuple):
    """`person`: who was written to. `sender`, `server`, `message`: we, by our address, our network, our mail.

    `large`: what is wrong with a message that is too big. `many`: of messages, too many.
    """

    person: tuple[str, ...]
    absent: tuple[str, ...]
    full: tuple[str, ...] = ()
    asleep: tuple[str, ...] = ()
    sender: tuple[str, ...] = ()
    server: tuple[str, ...] = ()
    message: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    spam: tuple[str, ...] = ()
    large: tuple[str, ...] = ()
    many: tuple[str, ...] = ()


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))
