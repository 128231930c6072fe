"""From a draft to a campaign: rendering, the list of checks, sending. Step 2 of nine; `campaigns.py` is next.

What left is kept word for word with the issue, and its audience is frozen in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parseaddr

from sqlalchemy.orm import Session

from services.mailer import (
    announce,
    approval,
    audience,
    author_mails,
    campaigns,
    clicks,
    compose,
    echo,
    issues,
    kept,
    mime,
    prose,
    segments,
    unmade,
)
from services.mailer.audience import Filter
from services.mailer.echo_words import FRAMES
from services.mailer.models.identity import Identity
from services.mailer.models.issues import SECTIONS, Contribution, Issue, Item
from services.mailer.models.ledger import Campaign
from services.mailer.models.lists import MailingList
from services.mailer.settings import Settings
from shared import network
from shared.clock import PARIS
from shared.errors import RuleError
from shared.web.i18n import number
from shared.web.words import _, ngettext


@dataclass(frozen=True)
class House:
    """Who publishes on a day: what the foot of every issue says, and where its pages are."""

    organiser: str
    address: str
    from_name: str
    from_email: str
    reply_to: str
    public_url: str
    link_key: str = ""  # signs the links whose clicks are counted; none are without

    @classmethod
    def of(cls, settings: Settings, called: Identity | None = None) -> House:
        """The publisher under the name that it has been told of, else under that of the settings."""
        name, email = parseaddr(settings.mail_from)
        organiser = called.name if called else settings.organisation
        return cls(
            organiser=organiser,
            address=called.address if called else settings.organisation_address,
            from_name=name or organiser,
            from_email=email,
            reply_to=email,
            public_url=settings.public_url,
            link_key=settings.secret_key,
        )

    @classmethod
    def at(cls, session: Session, settings: Settings, at: dt.datetime) -> House:
        """The publisher as it is called at that instant."""
        return cls.of(settings, network.on(session, Identity, at.astimezone(PARIS).date()))

    def answered(self, readers: MailingList | None) -> House:
        """The same, but for the address that a list has for answers."""
        return replace(self, reply_to=readers.reply_to) if readers and readers.reply_to else self

    def archive_url(self, issue: Issue) -> str:
        return f"{self.public_url}/echo/{issue.number}"

    @property
    def photos_at(self) -> str:
        """What stands before the name of a photo: the same address for every reader."""
        return f"{self.public_url}/echo/photos/"


def edition(issue: Issue, house: House, language: str = "fr") -> echo.Edition:
    """An issue as it is rendered. language: of the name of its list."""
    house = house.answered(issue.readers)
    sections: dict[str, list[echo.Piece]] = {key: [] for key in SECTIONS}
    for item in issue.items:
        sections[item.section].append(piece(item))
    return echo.Edition(
        number=issue.number,
        title=issue.title,
        date=issue.planned_on,
        editorial=issue.editorial,
        sections=sections,
        archive_url=house.archive_url(issue),
        organiser=house.organiser,
        address=house.address,
        reply_to=house.reply_to,
        list_name=issue.readers.words(language)[0] if issue.readers else echo.NAME,
        photos_at=house.photos_at,
    )


def piece(item: Item | Contribution) -> echo.Piece:
    structure = item.structure if isinstance(item, Item) else item.contributor.structure
    photo = item.photo
    return echo.Piece(
        title=item.title,
        text=item.text,
        html=item.html,
        link=item.link,
        structure=structure,
        credit=item.credit,
        expires_on=item.expires_on,
        photo=echo.Photo(photo.name, photo.width, photo.height, item.photo_alt) if photo else None,
    )


def render_issue(issue: Issue, house: House, language: str = "fr") -> echo.RenderedIssue:
    """The mail: subject, HTML and text, with the holes that the sender fills per person; as it left, if it did.

    Raises Unmade, which says what of it cannot be made.
    """
    whole = edition(issue, house, language)
    try:
        rendered = echo.render(whole, language)
    except Exception as error:
        raise _unmade(issue, whole, language, error) from error
    if issue.html is not None and issue.text is not None:
        if language == "en" and issue.english:
            return echo.RenderedIssue(rendered.subject, **issue.english)
        return echo.RenderedIssue(rendered.subject, issue.html, issue.text)
    if house.link_key:
        through = clicks.counted(rendered.html, issue.id, public_url=house.public_url, secret=house.link_key)
        return echo.RenderedIssue(rendered.subject, through, rendered.text)
    return rendered


def _unmade(issue: Issue, whole: echo.Edition, language: str, error: Exception) -> unmade.Unmade:
    bare = replace(whole, editorial="", sections={})

    def article(item: Item) -> unmade.Part:
        alone = replace(bare, sections={item.section: [piece(item)]})
        section = FRAMES["fr"].sections[item.section]
        name = _("L’article « %(title)s » (%(section)s)", section=_(section), title=item.title)
        return unmade.Part(name, lambda: echo.render(alone, language), item.id)

    opening = unmade.Part(_("L’éditorial"), lambda: echo.render(replace(bare, editorial=whole.editorial), language))
    return unmade.refusal(error, lambda: echo.render(bare, language), [opening, *map(article, issue.items)])


def made(make: Callable[[], echo.RenderedIssue]) -> echo.RenderedIssue | None:
    """The mail, or None when it cannot be made: the check of its variants says why."""
    try:
        return make()
    except unmade.Unmade:
        return None


@dataclass(frozen=True)
class Check:
    """One line of the pre-flight list. passed: None when nobody can say here; blocking: no sending without.

    item: the article to open, when it is one that fails.
    """

    key: str
    passed: bool | None
    blocking: bool = True
    figure: str = ""
    item: uuid.UUID | None = None


def preflight(
    issue: Issue, rendered: echo.RenderedIssue | None, house: House, reached: int, at: dt.datetime
) -> list[Check]:
    """What is checked before sending, and honestly what is not. rendered: as of `made`; at: when it would leave."""
    today = at.astimezone(PARIS).date()
    expired = [item for item in issue.items if item.expires_on and item.expires_on < today]
    closed = [item for item in expired if item.section == "calls"]
    stale = [item for item in expired if item.section != "calls"]
    early = [item for item in issue.items if item.embargo_until and item.embargo_until > at]
    return [
        Check("items", bool(issue.items), figure=ngettext("%(num)d article", "%(num)d articles", len(issue.items))),
        Check("audience", reached > 0, figure=people(reached)),
        *mail_checks(rendered, house),
        variants(lambda language: render_issue(issue, house, language), house),
        _without("embargo", early, [f"{one.title} ({moment(one.embargo_until)})" for one in early]),
        Check("editorial", bool(issue.editorial.strip()), blocking=False),
        _without("closed-calls", closed, [one.title for one in closed]),
        _without("expired", stale, [one.title for one in stale], blocking=False),
        Check("dns", None, blocking=False),
        Check("one-click", None, blocking=False),
        Check("dead-links", None, blocking=False),
    ]


def _without(key: str, found: list[Item], said: list[str], *, blocking: bool = True) -> Check:
    """Passed when nothing is found; otherwise it names all of them and leads to the first."""
    return Check(key, not found, blocking, " · ".join(said), found[0].id if found else None)


def people(reached: int) -> str:
    """How many a mail would reach, in words."""
    return ngettext("%(n)s personne", "%(n)s personnes", reached, n=number(reached))


def mail_checks(rendered: echo.RenderedIssue | None, house: House) -> list[Check]:
    """What every mail to many must hold: a text, a bearable size, whole links, the way out, a sender."""
    sender = Check("sender", bool(house.from_email) and "@" in house.from_email, figure=house.from_email)
    if rendered is None:
        return [*(Check(key, None) for key in ("text", "size", "links", "unsubscribe")), sender]
    links = _links(rendered, house)
    wrong = [found for found in theirs(rendered, house) if prose.link(found) is None]
    size = len(rendered.html.encode())
    return [
        Check("text", len(rendered.text) > 200 and "{{unsubscribe_url}}" in rendered.text),
        Check("size", size < echo.LARGEST, figure=f"{size // 1000} ko"),
        Check(
            "links", not wrong, figure=" · ".join(wrong[:5]) or ngettext("%(num)d lien", "%(num)d liens", len(links))
        ),
        Check("unsubscribe", "{{unsubscribe_url}}" in rendered.html),
        sender,
    ]


def variants(make: Callable[[str], echo.RenderedIssue], house: House) -> Check:
    """Whether every mail that can leave is made: in each language, with a first name and without. figure: what failed.

    Lists, segments and what readers keep say who gets the mail, never what it holds: they make no variant.
    """
    failed: dict[str, list[str]] = {}
    item = None
    for language, said in (("fr", _("en français")), ("en", _("en anglais"))):
        tried = said
        try:
            mail = make(language)
            whole = mime.Alternative(mail.text, mail.html, campaigns.boundary(uuid.UUID(int=0)))
            if whole.holes - campaigns.HOLES or "unsubscribe_url" not in whole.holes:
                raise ValueError(" ".join(sorted(whole.holes)))
            for first_name, how in (("Zoé", _("avec un prénom")), ("", _("sans prénom"))):
                tried = f"{said}, {how}"
                compose.personal(whole, "essai", first_name, house.public_url)
        except unmade.Unmade as error:
            failed.setdefault(error.message, []).append(tried)
            item = item or error.item
        except Exception as error:  # noqa: BLE001  (whatever else goes wrong, the page says which mail it was)
            failed.setdefault(unmade.said(error), []).append(tried)
    why = (", ".join(versions) + _(" :") + f" {message}" for message, versions in failed.items())
    return Check("variants", not failed, figure=" · ".join(why) or _("4 versions"), item=item)


def _links(rendered: echo.RenderedIssue, house: House) -> list[str]:
    hrefs = re.findall(r'<a [^>]*?href="([^"]*)"', rendered.html)
    return [clicks.target(html.unescape(found), house.public_url) for found in hrefs]


def theirs(rendered: echo.RenderedIssue, house: House) -> list[str]:
    """Where the links of a mail lead, but for our own and the personal ones."""
    ours = ("{{unsubscribe_url}}", "{{preferences_url}}", "mailto:", house.public_url)
    return [found for found in _links(rendered, house) if not found.startswith(ours)]


def moment(instant: dt.datetime | None) -> str:
    """ "lundi 17 octobre 2016, 9 h", in Paris."""
    assert instant is not None
    local = instant.astimezone(PARIS)
    minutes = f"\u202f{local:%M}" if local.minute else ""
    return f"{echo.french_date(local.date())}, {local.hour}\u202fh{minutes}"


def send(
    session: Session,
    issue_id: uuid.UUID,
    house: House,
    *,
    who: str,
    now: dt.datetime,
    segment_id: uuid.UUID | None = None,
    segment_version: int | None = None,
    seen: str | None = None,
) -> uuid.UUID:
    """Freeze the issue and its audience, start the campaign, tell the others. Returns the campaign's id.

    Once: a second call says that it is done, unless the first campaign was cancelled; then it goes, word for
    word, to those of the same audience whom it had not reached. segment_id: only to them, as they were shown
    (`segment_version`). Whoever sends approves what they saw (`seen`, its stamp). Raises RuleError when a blocking
    check fails, the segment or the text has changed, or the two-person rule does not hold.
    """
    issue = issues.get(session, issue_id, lock=True)
    if issue.state == "sent" and not was_cancelled(session, issue):
        raise RuleError("issue-sent", "Ce numéro est déjà parti. Son registre d’envoi est ouvert.")
    chosen = stopped_audience(session, issue) or segments.chosen(session, segment_id, segment_version)
    if issue.state != "sent":
        approval.give(session, issue, who=who, now=now, seen=seen)
    return leave(session, issue, house, *chosen, who=who, now=now)


def ready(session: Session, issue: Issue, house: House, asked: Filter, at: dt.datetime) -> echo.RenderedIssue:
    """The mail, when nothing that must hold at that instant fails. Raises RuleError."""
    rendered = made(lambda: render_issue(issue, house))
    refuse_failed(preflight(issue, rendered, house, audience.count(session, asked, issue.list_key), at))
    assert rendered is not None  # or its variants had failed
    return rendered


def refuse_failed(checks: list[Check]) -> None:
    """Raise RuleError "preflight" when one that must hold does not; its details say which, each with its figure."""
    failed = {check.key: check.figure for check in checks if check.blocking and not check.passed}
    if failed:
        message = "Une vérification indispensable n’est pas passée. Rien n’est parti."
        raise RuleError("preflight", message, details={"failed": failed})


def leave(
    session: Session, issue: Issue, house: House, name: str, asked: Filter, *, who: str, now: dt.datetime
) -> uuid.UUID:
    """An approved issue starts its campaign to those of a named audience who keep something of it. Raises RuleError."""
    asked = kept.narrowed(session, issue, asked)
    rendered = ready(session, issue, house, asked, now)
    stopped = session.get(Campaign, issue.campaign_id) if issue.campaign_id else None
    campaign = campaigns.create(
        session,
        list=issue.list_key,
        issue_id=issue.id,
        title=f"{echo.NAME} nº {issue.number}",
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        english=in_english(render_issue(issue, house, "en")),
        from_name=house.from_name,
        from_email=house.from_email,
        reply_to=stopped.reply_to if stopped else house.answered(issue.readers).reply_to,  # as the mail says
        archive_url=house.archive_url(issue),
        segment=name,
        asked=asked,
    )
    recipients = campaigns.start(session, campaign.id, now)
    issue.state, issue.campaign_id, issue.sent_at, issue.updated_at = "sent", campaign.id, now, now
    issue.html, issue.text, issue.english = rendered.html, rendered.text, campaign.english
    issue.send_at, issue.schedule, issue.schedule_failed = None, None, ""
    sent = {"campaign": str(campaign.id), "recipients": recipients} | ({"segment": name} if name else {})
    issues.record(session, issue, "sent", None, sent, who, now)
    issues.carry_over(session, who=who, now=now)
    announce.issue_published(session, issue, url=house.archive_url(issue), recipients=recipients, now=now)
    author_mails.published(session, issue, house)
    return campaign.id


def in_english(rendered: echo.RenderedIssue) -> dict[str, str]:
    """What a campaign keeps of it; the subject is the editor's, and the same for all."""
    return {"html": rendered.html, "text": rendered.text}


def stopped_audience(session: Session, issue: Issue) -> tuple[str, Filter] | None:
    """To whom the campaign went that was stopped: the next one of the issue goes to the same."""
    campaign = session.get(Campaign, issue.campaign_id) if issue.campaign_id else None
    return (campaign.segment, Filter.of(campaign.filter)) if campaign is not None else None


def was_cancelled(session: Session, issue: Issue) -> bool:
    """Whether the campaign of a sent issue was stopped for good."""
    campaign = session.get(Campaign, issue.campaign_id) if issue.campaign_id else None
    return campaign is not None and campaign.state == "cancelled"
