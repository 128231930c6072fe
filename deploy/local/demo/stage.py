"""Where the play takes place: addresses, the staff's browser, what is expected, and how it is told."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from deploy.local.demo.browser import Browser, Mailbox, Page, Unexpected
from deploy.local.demo.pictures import Camera

T = TypeVar("T")
SEED = 2016
AT_ONCE = 8  # people at their keyboards at the same time


@dataclass
class Expectation:
    what: str
    wanted: object
    got: object

    @property
    def held(self) -> bool:
        return self.wanted == self.got


@dataclass
class Stage:
    """urls: registration, jury, mailer and mail (the catcher's page). admin: e-mail and password. program: a token to
    order mails, and way_back: where what comes back by mail is handed over (LMTP, host:port), which the stack of this
    machine gives."""

    urls: dict[str, str]
    admin: tuple[str, str]
    console: Console = field(default_factory=lambda: Console(highlight=False))
    expectations: list[Expectation] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    camera: Camera | None = None
    program: str = ""
    way_back: str = ""

    def __post_init__(self) -> None:
        self.staff = Browser()
        self.mail = Mailbox(self.urls["mail"])

    def picture(self, name: str, url: str, *, width: str = "desk", staff: bool = True, whole: bool = False) -> None:
        """A picture for the documentation, when somebody wants them."""
        if self.camera:
            self.camera.take(name, url, by=self.staff if staff else None, width=width, whole=whole)

    def act(self, title: str) -> None:
        self.console.print(f"\n[bold]{title}[/bold]  [dim]{time.monotonic() - self.began:.0f} s[/dim]")

    def say(self, text: str) -> None:
        self.console.print(f"  {text}")

    def expect(self, what: str, got: object, wanted: object) -> None:
        """Note what should be so; the play goes on, and the table at the end says whether it was."""
        made = Expectation(what, wanted, got)
        self.expectations.append(made)
        if not made.held:
            self.console.print(f"  [bold red]✗ {what} : {got!r}, attendu {wanted!r}[/bold red]")

    def for_all(self, words: str, things: Sequence[T], work: Callable[[T], object]) -> list[object]:
        """Do `work` for each, a few at a time, with a bar. The results keep the order of `things`."""
        with self._bar() as bar, ThreadPoolExecutor(AT_ONCE) as people:
            task = bar.add_task(f"  {words}", total=len(things))
            waiting = [people.submit(work, thing) for thing in things]
            results = []
            for one in waiting:
                results.append(one.result())
                bar.advance(task)
            return results

    def follow(self, words: str, total: int, states: Iterable[int]) -> None:
        """A bar that stands where each of `states` says."""
        with self._bar() as bar:
            task = bar.add_task(f"  {words}", total=total)
            for done in states:
                bar.update(task, completed=done)

    def _bar(self) -> Progress:
        columns = (TextColumn("{task.description}"), BarColumn(30), MofNCompleteColumn(), TimeRemainingColumn())
        return Progress(*columns, console=self.console)

    def until(self, what: str, truth: Callable[[], T | None], *, seconds: float = 60) -> T:
        """What `truth` returns as soon as it is not None or False. Raises Unexpected after `seconds`."""
        ends = time.monotonic() + seconds
        while True:
            found = truth()
            if found:
                return found
            if time.monotonic() > ends:
                raise Unexpected(f"{what}: not after {seconds:.0f} s")
            time.sleep(0.25)

    def page(self, service: str, path: str) -> Page:
        """A page of the staff."""
        return self.staff.open(self.urls[service] + path)

    def sign_in(self) -> None:
        page = self.page("registration", "/connexion")
        email, password = self.admin
        self.staff.submit(page, page.form("email", "password"), {"email": email, "password": password})

    def colleague(self, name: str, email: str, role: str) -> Browser:
        """The browser of one more account, signed in with the password that the page shows once."""
        page = self.page("registration", "/equipe/comptes")
        account = {"name": name, "email": email, "roles": [role]}
        page = self.staff.submit(page, page.form("name", "email", "roles"), account, expect=201)
        password = re.search(r'<p class="code">([^<]+)</p>', page.body)
        if password is None:
            raise Unexpected(f"{page.url}: no password for {email}")
        browser = Browser()
        page = browser.open(f"{self.urls['registration']}/connexion")
        browser.submit(page, page.form("email", "password"), {"email": email, "password": password[1].strip()})
        return browser

    def report(self) -> bool:
        """The table of what happened; True when all of it is as expected."""
        table = Table(title="Ce qui s’est passé", title_justify="left", title_style="bold")
        for heading in ("", "Attendu", "Constaté", ""):
            table.add_column(heading, justify="left" if not heading else "right")
        for one in self.expectations:
            sign = "[green]✓[/green]" if one.held else "[bold red]✗[/bold red]"
            table.add_row(one.what, _shown(one.wanted), _shown(one.got), sign)
        self.console.print()
        self.console.print(table)
        failed = sum(not one.held for one in self.expectations)
        seconds = time.monotonic() - self.began
        verdict = (
            "[green]tout est conforme[/green]"
            if not failed
            else f"[bold red]{failed} écart{'s' if failed > 1 else ''}[/bold red]"
        )
        self.console.print(f"{len(self.expectations)} attentes en {seconds:.0f} s : {verdict}")
        return not failed


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f")
    return str(value)
