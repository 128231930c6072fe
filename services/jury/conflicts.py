"""Which juror may have a link with which project: questions for the secretary, never a decision. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from services.jury import authorities
from services.jury.authorities import Authority
from services.jury.texts import fold

Reason = Literal["structure", "board", "files", "partner", "funds", "domain", "name"]
REASONS: tuple[Reason, ...] = ("structure", "board", "files", "partner", "funds", "domain", "name")
"""The strongest first."""
DIRECT = frozenset({"structure", "board", "files"})
"""Who files is the juror's own structure, or has them on its board."""

SHARED_DOMAINS = frozenset(
    "gmail.com googlemail.com outlook.com outlook.fr hotmail.com hotmail.fr live.fr yahoo.fr yahoo.com orange.fr "
    "wanadoo.fr free.fr sfr.fr laposte.net icloud.com proton.me protonmail.com neuf.fr bbox.fr".split()
)
"""Addresses there say nothing about where someone works."""
_EMPTY = frozenset("association asso comite commune mairie ville de du des la le les l d un une et pour".split())
_GENERIC = frozenset(
    "ecole college lycee universite hopital centre federation fondation ong cooperative entreprise club region "
    "departement conseil agence etat ministere fonds dons autre autres subvention participation".split()
)
"""Words that name nobody when they stand alone: "Fondation" in a budget is no structure."""


@dataclass(frozen=True)
class Member:
    """A juror: `where` is their function and their structure, as typed."""

    id: str
    first_name: str
    last_name: str
    email: str
    where: str

    @cached_property
    def places(self) -> frozenset[str]:
        return words(self.where)

    @cached_property
    def seats(self) -> list[Authority]:
        return authorities.named(self.where)

    @cached_property
    def name(self) -> frozenset[str]:
        return words(f"{self.first_name} {self.last_name}")

    @cached_property
    def last(self) -> frozenset[str]:
        return words(self.last_name)

    @cached_property
    def domain(self) -> str:
        """Of the address, when it says where someone works."""
        domain = self.email.rpartition("@")[2].casefold()
        return "" if domain in SHARED_DOMAINS else domain


@dataclass(frozen=True)
class File:
    """A project and whom its application names. `board`, `people`: persons as typed, apart by commas or lines;
    `partners`, `funders`: structures and authorities; `authority`: the local authority that takes part;
    `is_authority`: a local authority files it."""

    id: str
    structure: str
    bearer_last_name: str
    bearer_email: str
    is_authority: bool = False
    board: str = ""
    people: str = ""
    authority: str = ""
    partners: tuple[str, ...] = ()
    funders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """One reason to ask, and the words of the application that give it; empty when the reason says it all."""

    reason: Reason
    quoted: str = ""


@dataclass(frozen=True)
class Suggestion:
    """Why one may ask about a juror and a project: every reason there is, the strongest first."""

    juror: str
    project: str
    links: tuple[Link, ...]

    @property
    def kind(self) -> Literal["direct", "indirect"]:
        return "direct" if any(one.reason in DIRECT for one in self.links) else "indirect"


def words(text: str) -> frozenset[str]:
    """The words that tell one name from another: no accents, no small words."""
    return frozenset(fold(text).split()) - _EMPTY


def suggest(jurors: Iterable[Member], projects: Iterable[File]) -> list[Suggestion]:
    """Every link there may be, once per juror and project."""
    members = list(jurors)
    found = []
    for file in projects:
        known = _Named(file)
        for juror in members:
            links = [link for reason in REASONS if (link := _link(reason, juror, file, known)) is not None]
            if links:
                found.append(Suggestion(juror.id, file.id, tuple(links)))
    order = {juror.id: at for at, juror in enumerate(members)}
    return sorted(found, key=lambda one: order[one.juror])


class _Named:
    """What a file names, taken apart once for all jurors."""

    def __init__(self, file: File) -> None:
        self.structure = words(file.structure)
        self.files = authorities.named(file.structure, is_one=file.is_authority)
        self.board = [(piece, words(piece)) for piece in _pieces(file.board)]
        self.people = [(piece, words(piece)) for piece in _pieces(file.people)]
        self.partners = [_structure(text) for text in file.partners if text]
        if file.authority:
            self.partners.append(_structure(file.authority, is_authority=True))
        self.funders = [_structure(text) for text in file.funders if text]
        self.domain = file.bearer_email.rpartition("@")[2].casefold()
        self.bearer = words(file.bearer_last_name)


@dataclass(frozen=True)
class _Structure:
    text: str
    words: frozenset[str]
    authorities: list[Authority]


def _structure(text: str, *, is_authority: bool = False) -> _Structure:
    return _Structure(text, words(text), authorities.named(text, is_one=is_authority))


def _pieces(text: str) -> list[str]:
    return [piece.strip() for piece in re.split(r"[,;:()/|•\n]", text) if piece.strip()]


def _link(reason: Reason, juror: Member, file: File, named: _Named) -> Link | None:
    if reason == "structure":
        return Link(reason) if not named.files and _within(named.structure, juror.places) else None
    if reason == "files":
        return Link(reason, file.structure) if _sits(juror, named.files) else None
    if reason == "board":
        return _person(reason, juror, named.board)
    if reason == "partner":
        return _person(reason, juror, named.people) or _body(reason, juror, named.partners)
    if reason == "funds":
        return _body(reason, juror, named.funders)
    if reason == "domain":
        return Link(reason) if juror.domain and juror.domain == named.domain else None
    return Link(reason) if juror.last and juror.last == named.bearer else None


def _within(structure: frozenset[str], places: frozenset[str]) -> bool:
    """Whether a juror's function and structure name this one in all its words."""
    return bool(structure - _GENERIC) and structure <= places


def _sits(juror: Member, bodies: list[Authority]) -> bool:
    return any(seat.is_same(body) for seat in juror.seats for body in bodies)


def _person(reason: Reason, juror: Member, people: list[tuple[str, frozenset[str]]]) -> Link | None:
    """First and last name in one entry: a family name alone is no person."""
    if len(juror.name) < 2:
        return None
    return next((Link(reason, piece) for piece, named in people if juror.name <= named), None)


def _body(reason: Reason, juror: Member, bodies: list[_Structure]) -> Link | None:
    for body in bodies:
        if _sits(juror, body.authorities) or (not body.authorities and _within(body.words, juror.places)):
            return Link(reason, body.text)
    return None
