"""Making an issue of L'Écho: step 2 of nine. It is checked and sent by `publishing.py`.

A sent issue never changes. Everything before that is one draft that the editors share: a change takes the
issue's row lock and says which version it was made from (`versions.py`), so two editors never undo each other.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from services.mailer import announce, lists, photos, prose, versions
from services.mailer.models.issues import SECTIONS, TEXT_LIMIT, TITLE_LIMIT, Contribution, Issue, Item
from shared import audit
from shared.clock import PARIS
from shared.errors import NotFound, RuleError
from shared.messaging import deadletters


def get(session: Session, issue_id: uuid.UUID, *, lock: bool = False) -> Issue:
    """An issue with its items. lock: for a change. Raises NotFound."""
    query = sa.select(Issue).where(Issue.id == issue_id).options(selectinload(Issue.items))
    if lock:  # what was read before says nothing of what is true after waiting
        query = query.with_for_update().execution_options(populate_existing=True)
    issue = session.scalar(query)
    if issue is None:
        raise NotFound("issue", "Ce numéro n’existe pas.")
    return issue


def by_number(session: Session, number: int) -> Issue:
    """A sent issue, for everybody. Raises NotFound."""
    query = sa.select(Issue).where(Issue.number == number, Issue.state == "sent").options(selectinload(Issue.items))
    issue = session.scalar(query)
    if issue is None:
        raise NotFound("issue", "Ce numéro de L’Écho n’est pas paru.")
    return issue


def every(session: Session) -> list[Issue]:
    """All issues, the latest number first."""
    return list(session.scalars(sa.select(Issue).order_by(Issue.number.desc())))


def published(session: Session, *, items: bool = False) -> list[Issue]:
    """Sent issues, the latest number first. items: loaded with them."""
    query = sa.select(Issue).where(Issue.state == "sent").order_by(Issue.number.desc())
    return list(session.scalars(query.options(selectinload(Issue.items)) if items else query))


def next_plan(session: Session, today: dt.date) -> tuple[int, dt.date]:
    """The number and day to propose: two months after the latest, never in the past, never on a weekend."""
    latest = session.scalar(sa.select(Issue).order_by(Issue.number.desc()).limit(1))
    if latest is None:
        return 1, _weekday(today + dt.timedelta(days=14))
    month = latest.planned_on.month + 1
    year, month = latest.planned_on.year + month // 12, month % 12 + 1
    day = dt.date(year, month, min(latest.planned_on.day, 28))
    return latest.number + 1, _weekday(max(day, today))


def _weekday(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=(7 - day.weekday()) if day.weekday() > 4 else 0)


def create(session: Session, data: dict[str, Any], *, who: str, now: dt.datetime) -> uuid.UUID:
    """Open a number: number, title, planned_on, contributions_on (a day; its last minute counts) or None."""
    if session.scalar(sa.select(Issue.id).where(Issue.number == data["number"])):
        raise RuleError("number-taken", "Ce numéro existe déjà.", field="number")
    issue = Issue(
        number=data["number"],
        title=data["title"],
        editorial=data.get("editorial", ""),
        planned_on=data["planned_on"],
        contributions_until=end_of(data.get("contributions_on")),
        created_at=now,
        updated_at=now,
    )
    session.add(issue)
    session.flush()
    record(session, issue, "created", None, {"number": issue.number, "title": issue.title}, who, now)
    announce.issue_planned(session, issue)
    carry_over(session, who=who, now=now)
    # What workshops brought back while no number was open: see restitutions.py.
    deadletters.replay_all(session, "mailer", "registration.workshop.restituted.v1", who=who, now=now)
    return issue.id


def carry_over(session: Session, *, who: str, now: dt.datetime) -> None:
    """What nobody answered before its number left waits for the first one that has not, once there is one."""
    after = session.scalar(sa.select(Issue).where(Issue.state != "sent").order_by(Issue.number).limit(1))
    if after is None:
        return
    query = sa.select(Contribution).join(Issue).where(Contribution.state == "received", Issue.state == "sent")
    # Its author may be correcting one: we wait. Whoever answers locks the number first, as we did.
    for one in session.scalars(query.order_by(Contribution.id).with_for_update(of=Contribution)):
        one.issue = after
        audit.record(session, who=who, what="carried_over", thing="contribution", thing_id=one.id, before=None,
                     after={"number": after.number}, now=now)  # fmt: skip


def end_of(day: dt.date | None) -> dt.datetime | None:
    """The last second of a day in Paris: a deadline "le 10 octobre" includes the 10th."""
    return dt.datetime.combine(day, dt.time(23, 59, 59), PARIS) if day else None


def edit(
    session: Session, issue_id: uuid.UUID, data: dict[str, Any], *, who: str, now: dt.datetime, seen: str | None = None
) -> None:
    """Change title, editorial, planned_on, contributions_on of a draft, and list_key: whose readers get it.

    seen: the stamp of what the form was filled with. Raises RuleError "edited-meanwhile" when it is another by now.
    """
    issue = _draft(session, issue_id)
    values: dict[str, Any] = {name: data[name] for name in ("title", "editorial", "planned_on") if name in data}
    if data.get("list_key"):
        values["list_key"] = lists.get(session, data["list_key"]).key
    if "contributions_on" in data:
        values["contributions_until"] = end_of(data["contributions_on"])
    before = {name: getattr(issue, name) for name, value in values.items() if getattr(issue, name) != value}
    if before:
        versions.refuse_overwriting(versions.head(issue), seen)
        for name in before:
            setattr(issue, name, values[name])
        issue.updated_at = now
        record(session, issue, "edited", before, {name: values[name] for name in before}, who, now)
    if before.keys() & {"title", "planned_on", "contributions_until"}:
        announce.issue_planned(session, issue)


def add_item(session: Session, issue_id: uuid.UUID, data: dict[str, Any], *, who: str, now: dt.datetime) -> uuid.UUID:
    """Put an item at the end of its section: section, title, text, and link, structure, credit, expires_on, photo;
    opportunity_id when it tells of one.
    """
    issue = _draft(session, issue_id)
    photos.hold(session, data)
    values = checked(data) | {name: data.get(name) for name in ("embargo_until", "opportunity_id")}
    last = max((item.position for item in issue.items if item.section == values["section"]), default=0)
    item = Item(position=last + 1, created_at=now, updated_at=now, **values)
    issue.items.append(item)  # so that the next one of the same transaction finds it there
    session.flush()
    issue.updated_at = now
    after = {"item": str(item.id), "section": item.section, "title": item.title}
    record(session, issue, "item_added", None, after, who, now)
    return item.id


def edit_item(
    session: Session,
    issue_id: uuid.UUID,
    item_id: uuid.UUID,
    data: dict[str, Any],
    *,
    who: str,
    now: dt.datetime,
    seen: str | None = None,
) -> None:
    """Trim or correct an item; a change of section puts it last there. seen: as for `edit`."""
    issue = _draft(session, issue_id)
    item = _item(issue, item_id)
    photos.hold(session, data)
    values = checked(data) | {"embargo_until": data.get("embargo_until")}
    if values["section"] != item.section:
        values["position"] = 1 + max((i.position for i in issue.items if i.section == values["section"]), default=0)
    before = {name: getattr(item, name) for name, value in values.items() if getattr(item, name) != value}
    if before:
        versions.refuse_overwriting(versions.item(item), seen)
        for name in before:
            setattr(item, name, values[name])
        item.updated_at = issue.updated_at = now
        after = {name: values[name] for name in before}
        record(session, issue, "item_edited", {"item": item_id} | before, {"item": item_id} | after, who, now)


def move_item(
    session: Session, issue_id: uuid.UUID, item_id: uuid.UUID, step: int, *, who: str, now: dt.datetime
) -> None:
    """One place up (-1) or down (+1); past the end of its section into the next one, past the last nothing happens."""
    issue = _draft(session, issue_id)
    item = _item(issue, item_id)
    order = _order(issue)
    beside = order[item.section]
    index = beside.index(item) + step
    if 0 <= index < len(beside):
        beside.remove(item)
        beside.insert(index, item)
    else:
        other = SECTIONS.index(item.section) + step
        if not 0 <= other < len(SECTIONS):
            return
        beside.remove(item)
        there = order[SECTIONS[other]]
        there.insert(0 if step > 0 else len(there), item)
    _arrange(issue, order, now)
    after = {"item": str(item_id), "step": step, "section": item.section}
    record(session, issue, "item_moved", None, after, who, now)


def order_items(
    session: Session, issue_id: uuid.UUID, ids: dict[str, list[uuid.UUID]], *, who: str, now: dt.datetime
) -> None:
    """The order that somebody dragged the items into: those of each section, all of them, each once."""
    issue = _draft(session, issue_id)
    known = {item.id: item for item in issue.items}
    if sorted(known) != sorted(one for some in ids.values() for one in some) or not ids.keys() <= {*SECTIONS}:
        raise RuleError("order", "Ce numéro a changé entre-temps. Rechargez la page.")
    before = {section: [item.id for item in items] for section, items in _order(issue).items()}
    after = {section: [str(one) for one in some] for section, some in ids.items() if some != before[section]}
    if not after:
        return
    _arrange(issue, {section: [known[one] for one in some] for section, some in ids.items()}, now)
    record(session, issue, "section_ordered", None, after, who, now)


def _order(issue: Issue) -> dict[str, list[Item]]:
    """The items of each section, in their order."""
    return {key: [item for item in issue.items if item.section == key] for key in SECTIONS}


def _arrange(issue: Issue, order: dict[str, list[Item]], now: dt.datetime) -> None:
    for section, items in order.items():
        for position, item in enumerate(items, 1):
            if item.section != section:
                item.section, item.updated_at = section, now
            item.position = position
    issue.updated_at = now


def remove_item(session: Session, issue_id: uuid.UUID, item_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """Take an item out; a contribution it came from goes back to "received"."""
    issue = _draft(session, issue_id)
    item = _item(issue, item_id)
    session.execute(
        sa.update(Contribution)
        .where(Contribution.item_id == item_id)
        .values(state="received", item_id=None, decided_at=None, decided_by="")
    )
    before = {name: getattr(item, name) for name in ("section", "title", "text", "link", "structure")}
    issue.items.remove(item)
    session.flush()
    issue.updated_at = now
    record(session, issue, "item_removed", {"item": str(item_id)} | before, None, who, now)


def checked(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of an item, within the limits, with its HTML. Raises RuleError naming the field."""
    values = {name: str(data.get(name) or "").strip() for name in ("title", "text", "link", "structure", "credit")}
    if data.get("section") not in SECTIONS:
        raise RuleError("section", "Choisissez une rubrique.", field="section")
    if not values["title"] or not values["text"]:
        field = "text" if values["title"] else "title"
        raise RuleError("empty", "Il faut un titre et un texte.", field=field)
    for name, limit in (("title", TITLE_LIMIT), ("text", TEXT_LIMIT)):
        over = len(values[name]) - limit
        if over > 0:
            message = f"{limit} caractères au plus : il y en a {over} de trop. Votre texte est gardé."
            raise RuleError("too-long", message, field=name)
    if values["link"] and prose.link(values["link"]) is None:
        raise RuleError("link", "Ce lien n’est pas complet : https://…", field="link")
    return values | {
        **photos.described(data, values["credit"]),
        "section": data["section"],
        "expires_on": data.get("expires_on"),
        "html": prose.paragraphs(values["text"]),
    }


def mark(session: Session, issue_id: uuid.UUID, state: str, *, who: str, now: dt.datetime) -> None:
    """From draft to ready, or back."""
    issue = get(session, issue_id, lock=True)
    if issue.state == "sent" or state not in ("draft", "ready"):
        raise RuleError("issue-sent", "Ce numéro est déjà parti.")
    if issue.send_at is not None:
        raise RuleError("scheduled", "L’envoi de ce numéro est programmé. Annulez-le d’abord.")
    if state == "ready" and not issue.items:
        raise RuleError("no-items", "Ce numéro est vide : ajoutez au moins un article.")
    before, issue.state, issue.updated_at = issue.state, state, now
    record(session, issue, "marked", {"state": before}, {"state": state}, who, now)


def _draft(session: Session, issue_id: uuid.UUID) -> Issue:
    issue = get(session, issue_id, lock=True)
    if issue.state == "sent":
        raise RuleError("issue-sent", "Ce numéro est parti : il ne change plus.")
    if issue.send_at is not None:
        raise RuleError(
            "scheduled", "L’envoi de ce numéro est programmé. Annulez-le d’abord : le texte pourra changer."
        )
    if issue.state == "ready":
        issue.state = "draft"  # what changes after the check is checked again
    return issue


def _item(issue: Issue, item_id: uuid.UUID) -> Item:
    for item in issue.items:
        if item.id == item_id:
            return item
    raise NotFound("item", "Cet article n’est plus dans le numéro.")


PREPARING = ("created", "edited", "item_added", "item_edited", "item_moved", "section_ordered", "item_removed")
"""What makes somebody one of those who prepared an issue, and every approval before it void."""


def record(
    session: Session,
    issue: Issue,
    what: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    who: str,
    now: dt.datetime,
) -> None:
    """The audit row of a change; whoever changed the content has prepared the issue, and it is approved anew."""
    if what in PREPARING:
        issue.prepared_by = [*dict.fromkeys([*issue.prepared_by, who])]
        issue.approved_by, issue.alone_because, issue.schedule_failed = [], "", ""

    def readable(values: dict[str, Any] | None) -> dict[str, Any] | None:
        if values is None:
            return None
        return {
            k: v if isinstance(v, str | int | list | type(None)) else str(v) for k, v in values.items() if k != "html"
        }

    audit.record(
        session,
        who=who,
        what=what,
        thing="issue",
        thing_id=issue.id,
        before=readable(before),
        after=readable(after),
        now=now,
    )
