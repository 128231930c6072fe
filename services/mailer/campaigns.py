"""Campaigns: one mail to many. Start freezes the audience; from then on the ledger is the only truth."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import addresses, ledger, mime, rules
from services.mailer.audience import ALLOWED, AUDIENCE, EVERYBODY, UNREACHED, Filter
from services.mailer.models.ledger import Campaign
from shared import tracing
from shared.errors import NotFound, RuleError
from shared.web.words import _

HOLES = frozenset({"unsubscribe_url", "preferences_url", "first_name"})
"""What may differ between two readers of a campaign."""

_SPEED_WINDOW = 10  # seconds


def create(
    session: Session,
    *,
    list: str,
    title: str,
    subject: str,
    from_name: str,
    from_email: str,
    html: str,
    text: str,
    english: dict[str, str] | None = None,
    issue_id: uuid.UUID | None = None,
    letter_id: uuid.UUID | None = None,
    reply_to: str = "",
    archive_url: str = "",
    kind: str = "newsletter",
    segment: str = "",
    asked: Filter = EVERYBODY,
) -> Campaign:
    """A draft campaign. list: the key of the consent its readers gave; asked: whom of them, kept with the campaign.

    english: html and text once more, for those who read English; without it they get what all others get.
    html and text hold `{{unsubscribe_url}}`, and may hold `{{preferences_url}}` and `{{first_name}}`. Raises
    RuleError when they or the headers cannot make a mail that the law and the providers accept.
    """
    campaign = Campaign(
        kind=kind,
        issue_id=issue_id,
        letter_id=letter_id,
        list=list,
        title=title,
        state="draft",
        paused_because="",
        subject=subject,
        from_name=from_name,
        from_email=from_email,
        reply_to=reply_to,
        html=html,
        text=text,
        english=english,
        archive_url=archive_url,
        segment=segment,
        filter=asked.kept(),
        audience=0,
    )
    _check(campaign)
    session.add(campaign)
    session.flush()
    return campaign


def boundary(thing: uuid.UUID) -> str:
    """Between the parts of a mail; known before there is a campaign, so that a preview has it too."""
    return f"=_{thing.hex}"


def bodies(campaign: Campaign) -> dict[str, mime.Alternative]:
    """The campaign's text and HTML per language, encoded but for the holes; "fr" is for everybody without another."""
    mark = boundary(campaign.issue_id or campaign.letter_id or campaign.id)
    return {language: mime.Alternative(one["text"], one["html"], mark) for language, one in _parts(campaign).items()}


def _parts(campaign: Campaign) -> dict[str, dict[str, str]]:
    made = {"fr": {"text": campaign.text, "html": campaign.html}}
    return made | ({"en": campaign.english} if campaign.english else {})


def _check(campaign: Campaign) -> None:
    parts = _parts(campaign).values()
    for name, content in (each for one in parts for each in one.items()):
        if "{{unsubscribe_url}}" not in content:
            raise RuleError(
                "no-way-out", _("Il manque le lien de désinscription : rien ne part sans lui."), details={"part": name}
            )
    made = [mime.Alternative(one["text"], one["html"], "=_agora_check") for one in parts]
    unknown = {hole for one in made for hole in one.holes} - HOLES
    if unknown:
        raise RuleError(
            "unknown-hole",
            _("Le texte contient un champ inconnu : %(names)s. Retirez-le.", names=", ".join(sorted(unknown))),
        )
    try:
        mime.text_header("Subject", campaign.subject)
        mime.address_header("From", campaign.from_name, campaign.from_email)
        if campaign.reply_to:
            mime.address_header("Reply-To", "", campaign.reply_to)
        if campaign.archive_url:
            mime.token_header("Archived-At", [f"<{campaign.archive_url}>"])
    except mime.UnsafeHeader:
        raise RuleError(
            "unsafe-header", _("L’objet ou l’expéditeur contient un caractère de contrôle : réécrivez-le.")
        ) from None


_FREEZE = sa.text(f"""
    INSERT INTO messages (id, kind, lane, template, template_version, contact_id, email, email_key, domain_group,
        data, campaign_id, thing, thing_version, correlation_id, traceparent)
    SELECT new_uuid7(), :kind, 'bulk', 'campaign', 1, p.id, p.email, p.email_key, coalesce(g.name, 'other'),
        jsonb_build_object('first_name', p.first_name)
            || CASE p.locale WHEN 'en' THEN jsonb_build_object('locale', 'en') ELSE jsonb_build_object() END,
        :campaign, :thing, '1', :correlation, :traceparent
    FROM {AUDIENCE}
    LEFT JOIN unnest(CAST(:domains AS text[]), CAST(:groups AS text[])) AS g (domain, name)
        ON g.domain = split_part(p.email_key, '@', 2)
    WHERE {ALLOWED} {UNREACHED}
""")  # noqa: S608  (constants of `audience.py`; every value is bound)


# Taken or not? Until that is known such a person can neither be written to again nor be left out.
_ON_THE_WIRE = sa.text("""
    SELECT EXISTS (
        SELECT 1 FROM messages m JOIN campaigns c ON c.id = m.campaign_id
        WHERE (c.issue_id = :issue OR c.letter_id = :letter) AND m.state = 'transmitting')
""")


def start(session: Session, campaign_id: uuid.UUID, now: dt.datetime) -> int:
    """Freeze the audience and let the senders begin; returns how many people.

    Those with a current consent for the list, in one INSERT … SELECT. Raises RuleError when it was started
    before, when a cancelled campaign of the same issue or letter has mails on the wire, or when nobody is left to
    write to.
    """
    campaign = _locked(session, campaign_id)
    if campaign.state != "draft":
        raise RuleError("already-started", _("Cet envoi a déjà commencé : il n’est pas parti une seconde fois."))
    _check(campaign)
    if session.scalar(_ON_THE_WIRE, {"issue": campaign.issue_id, "letter": campaign.letter_id}):
        raise RuleError(
            "on-the-wire",
            _("Les derniers messages de l’envoi arrêté sont encore en route : recommencez dans une minute."),
        )
    domains = session.scalars(sa.text("SELECT DISTINCT split_part(email_key, '@', 2) FROM contacts")).all()
    frozen: Any = session.execute(
        _FREEZE,
        {
            "kind": campaign.kind,
            "campaign": campaign.id,
            "thing": f"campaign:{campaign.id}",
            "issue": campaign.issue_id,
            "letter": campaign.letter_id,
            "list": campaign.list,
            **Filter.of(campaign.filter).kept(),
            "domains": domains,
            "groups": [addresses.domain_group(f"@{domain}") for domain in domains],
            "correlation": tracing.correlation_id(),
            "traceparent": tracing.current_traceparent(),
        },
    )
    if frozen.rowcount == 0:
        raise RuleError("nobody", _("Personne n’est inscrit à cette liste : il n’y a rien à envoyer."))
    campaign.state, campaign.started_at, campaign.audience = "running", now, frozen.rowcount
    session.flush()
    # The planner knows the ledger as it was: small, or with nothing open. From here on senders plan for what it is.
    # A vacuum that holds the table is not waited for: it would hold up whoever starts the campaign.
    session.execute(sa.text("ANALYZE (SKIP_LOCKED) messages"))
    ledger.wake(session, "bulk")
    return campaign.audience


def pause(session: Session, campaign_id: uuid.UUID, because: str = "") -> None:
    """Take no further row, and send no claimed one; what was told the relay with its dot ends by itself."""
    campaign = _locked(session, campaign_id)
    _allow(campaign, "running")
    campaign.state, campaign.paused_because = "paused", because
    session.flush()


def pause_for_return(session: Session, campaign_id: uuid.UUID, left_at: dt.datetime, because: str) -> bool:
    """A mail that had been accepted came back for a fault of ours: go no further. True when that stopped something.

    left_at: when the mail was accepted. Whoever resumes knows by then: what left before is no news.
    """
    campaign = _locked(session, campaign_id)
    if campaign.state != "running" or (campaign.resumed_at is not None and left_at <= campaign.resumed_at):
        return False
    pause(session, campaign_id, " ".join(because.split())[:500])
    return True


def resume(session: Session, campaign_id: uuid.UUID, *, retry_blocked: bool = False) -> None:
    """Go on. retry_blocked: also those that a relay refused for a fault of ours, mended by now."""
    campaign = _locked(session, campaign_id)
    _allow(campaign, "paused")
    campaign.state, campaign.paused_because = "running", ""
    campaign.resumed_at = session.scalar(sa.select(sa.func.clock_timestamp()))
    session.flush()
    if retry_blocked:
        session.execute(
            sa.text("""
                UPDATE messages SET state = 'pending', next_at = now(), reason = ''
                WHERE campaign_id = :id AND state = 'rejected' AND reason = 'ours'
            """),
            {"id": campaign_id},
        )
    ledger.wake(session, "bulk")


def how_many_paused(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).where(Campaign.state == "paused")) or 0


def cancel(session: Session, campaign_id: uuid.UUID, now: dt.datetime) -> int:
    """Stop for good; returns how many mails will not go. A claimed row is taken back before its final dot."""
    campaign = _locked(session, campaign_id)
    _allow(campaign, "running", "paused")
    campaign.state, campaign.paused_because, campaign.finished_at = "cancelled", "", now
    session.flush()
    done: Any = session.execute(
        sa.text("""
            WITH left_over AS (
                SELECT id FROM messages
                WHERE campaign_id = :id AND state IN ('pending', 'deferred', 'claimed') ORDER BY id FOR UPDATE
            )
            UPDATE messages m SET state = 'cancelled', lease_owner = NULL, lease_until = NULL
            FROM left_over WHERE m.id = left_over.id
        """),
        {"id": campaign_id},
    )
    return int(done.rowcount)


@dataclass(frozen=True)
class Progress:
    """A campaign as it stands. speed: mails accepted per second, lately. seconds_left: None when unknown.

    returned: per provider, how many of those that the relay accepted came back since.
    """

    campaign_id: uuid.UUID
    state: str
    paused_because: str
    audience: int
    counts: dict[str, int]
    speed: float
    seconds_left: float | None
    groups: dict[str, dict[str, int]] = field(default_factory=dict)
    returned: dict[str, int] = field(default_factory=dict)
    unknown: list[Unknown] = field(default_factory=list)

    @property
    def fates(self) -> dict[str, int]:
        """The counts as people read them: what came back has not arrived."""
        return _fates(self.counts, sum(self.returned.values()))

    @property
    def fates_by_group(self) -> dict[str, dict[str, int]]:
        return {group: _fates(counts, self.returned.get(group, 0)) for group, counts in self.groups.items()}

    @property
    def done(self) -> int:
        return self.audience - sum(self.counts[state] for state in rules.UNFINISHED)


def _fates(counts: dict[str, int], returned: int) -> dict[str, int]:
    return counts | {"accepted": counts["accepted"] - returned, "returned": returned}


@dataclass(frozen=True)
class Unknown:
    """A mail whose outcome is open; `message_id` is what the relay's log can be searched for."""

    id: uuid.UUID
    email: str
    message_id: str
    relay: str
    since: dt.datetime


def progress(session: Session, campaign_id: uuid.UUID) -> Progress:
    """Counts per state, per provider and state, speed and time left. Four queries, whatever the size."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound("campaign-unknown", _("Cet envoi n’existe pas."))
    counts = dict.fromkeys(rules.STATES, 0)
    groups: dict[str, dict[str, int]] = {}
    recent, oldest = 0, 0.0
    for row in session.execute(
        sa.text("""
            SELECT domain_group, state, count(*) AS rows,
                count(*) FILTER (WHERE changed_at > now() - make_interval(secs => :window)) AS recent,
                coalesce(extract(epoch FROM now() - min(created_at)), 0) AS age
            FROM messages WHERE campaign_id = :id GROUP BY domain_group, state
        """),
        {"id": campaign_id, "window": _SPEED_WINDOW},
    ):
        counts[row.state] += row.rows
        groups.setdefault(row.domain_group, dict.fromkeys(rules.STATES, 0))[row.state] = row.rows
        oldest = max(oldest, float(row.age))
        if row.state == "accepted":
            recent += row.recent
    speed = recent / min(max(oldest, 1.0), _SPEED_WINDOW)
    soon = counts["pending"] + counts["claimed"] + counts["transmitting"]
    if campaign.state == "running" and soon:
        left: float | None = soon / speed if speed else None
    else:
        left = 0.0 if campaign.state in ("finished", "cancelled") else None
    return Progress(
        campaign_id=campaign.id,
        state=campaign.state,
        paused_because=campaign.paused_because,
        audience=campaign.audience,
        counts=counts,
        speed=speed,
        seconds_left=left,
        groups=dict(sorted(groups.items())),
        returned=_returned(session, campaign) if counts["accepted"] else {},
        unknown=_unknown(session, campaign_id) if counts["unknown"] else [],
    )


def _returned(session: Session, campaign: Campaign) -> dict[str, int]:
    """How many came back after the relay had taken them, per provider. Apart from the counts: joined to each of a
    hundred thousand recipients, what came back takes as long as counting these."""
    rows: Any = session.execute(
        sa.text("""
            SELECT domain_group, count(*) FROM messages
            WHERE campaign_id = :id AND state = 'accepted'
                AND id IN (SELECT message_id FROM returns WHERE kind = 'bounce' AND at >= :started)
            GROUP BY domain_group
        """),
        {"id": campaign.id, "started": campaign.started_at},
    )
    return {row.domain_group: row.count for row in rows}


def _unknown(session: Session, campaign_id: uuid.UUID) -> list[Unknown]:
    rows: Any = session.execute(
        sa.text("""
            SELECT id, email, message_id, relay, changed_at FROM messages
            WHERE campaign_id = :id AND state = 'unknown' ORDER BY changed_at, id LIMIT 500
        """),
        {"id": campaign_id},
    )
    return [Unknown(row.id, row.email, row.message_id, row.relay, row.changed_at) for row in rows]


def _locked(session: Session, campaign_id: uuid.UUID) -> Campaign:
    campaign = session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    if campaign is None:
        raise NotFound("campaign-unknown", _("Cet envoi n’existe pas."))
    return campaign


def _allow(campaign: Campaign, *states: str) -> None:
    if campaign.state not in states:
        raise RuleError(
            "wrong-state", _("Cet envoi a changé d’état entre-temps, et rien n’a été fait : voyez où il en est.")
        )
