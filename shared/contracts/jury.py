"""Facts that jury publishes."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.contracts.parts import Erased, Kept, Money, Organiser, Part, Person, Slot, identifier, instant, text
from shared.contracts.registry import Contract, fact


@fact("jury.call.opened.v1", thing="call_id")
class CallOpened(Contract):
    """A call is open, or what the public sees of it changed."""

    call_id = identifier()
    title = text(200)
    kind = fields.String(required=True, validate=validate.OneOf(["tribune", "funding"]))
    closes_at = instant(required=False, allow_none=True, load_default=None)
    url = text(500)


class CriterionResult(Part):
    """The mean of one criterion, on its own scale: `mean` is a decimal with two digits, as text."""

    title = text(200)
    weight = fields.Integer(required=True, strict=True)
    mean = text(10)
    maximum = fields.Integer(required=True, strict=True)


class SectionResult(Part):
    """The mean points of one section, of `maximum`: a decimal with two digits, as text. Below `minimum` a project is
    out; null: nobody is."""

    title = text(200)
    mean = text(10)
    maximum = fields.Integer(required=True, strict=True)
    minimum = fields.Integer(required=True, strict=True, allow_none=True)


@fact("jury.result.published.v1", thing="project_id")
class ResultPublished(Contract):
    """The jury's answer to one project, for its bearer. `score` is on 0–20, a decimal as text; `distance` is what
    the project has more (or, negative, less) than the last selected one. `feedback`: lines approved by the chair.
    `score_rank`: by the scores alone, when the deliberation left another one, with `move_reason` for the project that
    was moved. `award`, once money was shared out: the sum, beside the one that was `asked`. `eliminated_by`: whose
    minimum it does not reach, criteria and sections in the words of its language. `passed_over`, with a `distance`
    above 0: why it is not helped all the same, as it did not fit in the rest of the envelope, or by the jury."""

    project_id = identifier()
    call_id = identifier()
    call_title = text(200)
    project_title = text(200)
    structure = text(200)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(["selected", "reserve", "not_selected"]))
    rank = fields.Integer(required=True, strict=True)
    projects = fields.Integer(required=True, strict=True)
    score = text(10, allow_none=True)
    distance = text(10, required=False, allow_none=True, load_default=None)
    readings = fields.Integer(required=True, strict=True)
    criteria = fields.List(fields.Nested(CriterionResult), required=True)
    sections = fields.List(fields.Nested(SectionResult), required=False)
    eliminated_by = fields.List(fields.String(), required=False)
    feedback = fields.List(fields.String(), load_default=list)
    score_rank = fields.Integer(required=False, strict=True, allow_none=True)
    move_reason = text(1000, required=False)
    award = fields.Nested(Money, required=False, allow_none=True)
    asked = fields.Nested(Money, required=False, allow_none=True)
    passed_over = fields.String(required=False, validate=validate.OneOf(["envelope", "jury"]))


@fact("jury.minutes.signed.v1", thing="round_id")
class MinutesSigned(Contract):
    """The minutes of a round are signed and frozen; `content_hash` is the SHA-256 of what was signed, hex."""

    round_id = identifier()
    call_id = identifier()
    call_title = text(200)
    signed_at = instant()
    content_hash = fields.String(required=True, validate=validate.Length(equal=64))
    projects = fields.Integer(required=True, strict=True)
    jurors = fields.Integer(required=True, strict=True)


class NeedPart(Part):
    """Skills that a project lacks: in words, for about how many days, on which ODD ("1" to "17"), and where it acts
    (ISO 3166; "" where nobody said)."""

    skills = text(400)
    days = fields.Integer(required=True, strict=True, allow_none=True, validate=validate.Range(min=0, max=999))
    goals = fields.List(text(2), required=True)
    place = text(6)


class _Application(Contract):
    """What every fact about an application says; `link` is personal and opens it. `kind`: of its call; without it, one
    for money. `need`: absent when it lacks no skill, or does not any more."""

    application_id = identifier()
    reference = text(20)
    call_id = identifier()
    call_title = text(200)
    project_title = text(200)
    structure = text(200, required=False)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    closes_at = instant(allow_none=True)
    link = text(500)
    kind = fields.String(required=False, validate=validate.OneOf(["tribune", "funding"]))
    need = fields.Nested(NeedPart, required=False)


@fact("jury.application.started.v1", thing="application_id")
class ApplicationStarted(_Application):
    """Somebody began an application: here is the link to go on with it."""


@fact("jury.application.link_requested.v1", thing="application_id")
class ApplicationLinkRequested(_Application):
    """Somebody asked for the link of an application again; it goes to the address that the application holds."""


@fact("jury.application.filed.v1", thing="application_id")
class ApplicationFiled(_Application):
    """Proof of filing: `filed_at` by the server's clock, `content_hash` the SHA-256 of what was filed, hex.
    `replaces`: of a correction, when the filing was made whose place it takes; absent from a first one."""

    filed_at = instant()
    content_hash = fields.String(required=True, validate=validate.Length(equal=64))
    replaces = instant(required=False)


@fact("jury.application.reviewed.v1", thing="application_id")
class ApplicationReviewed(_Application):
    """What the completeness check says; a refusal cites its article."""

    outcome = fields.String(required=True, validate=validate.OneOf(["accepted", "to_complete", "not_eligible"]))
    reason = text(2000)
    complete_until = instant(allow_none=True)
    article = text(300)
    article_text = text(2000)


@fact("jury.application.withdrawn.v1", thing="application_id")
class ApplicationWithdrawn(_Application):
    """Its bearer took a filed application back; the organiser can undo it until `undo_until`, null when nobody can."""

    withdrawn_at = instant()
    why = text(1000)
    undo_until = instant(allow_none=True)


@fact("jury.application.restored.v1", thing="application_id")
class ApplicationRestored(_Application):
    """The organiser undid a withdrawal: the application stands where it stood."""


class OtherHalf(Part):
    """Who a half is with: the person who writes there, and the association, or the school and its town."""

    name = text(245)
    organisation = text(330)


@fact("jury.tandem.told.v1", thing="application_id")
class TandemTold(_Application):
    """What the `person` who writes for one `half` of a tandem is told: invited by the other half, paired with it by the
    organiser, or that the whole was filed, reviewed or withdrawn. `undone`: of a review, that a withdrawal was undone,
    and the whole stands where it stood. `corrected`: of a filing, that it takes the place of an earlier one."""

    half = fields.String(required=True, validate=validate.OneOf(["association", "class"]))
    what = fields.String(
        required=True, validate=validate.OneOf(["invited", "paired", "filed", "reviewed", "withdrawn"])
    )
    undone = fields.Boolean(required=False)
    corrected = fields.Boolean(required=False)
    with_whom = fields.Nested(OtherHalf, required=True)


@fact("jury.opinion.asked.v1", thing="opinion_id")
class OpinionAsked(Contract):
    """An expert is asked what they think of a project, or reminded of it (`again`); `link` is personal and opens it."""

    opinion_id = identifier()
    call_id = identifier()
    call_title = text(200)
    project_title = text(200)
    structure = text(200)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    due_on = fields.Date(required=True)
    again = fields.Boolean(required=True)
    link = text(500)


class _AfterAward(Contract):
    """What every fact about what follows an award says; `link` is personal and opens it."""

    call_id = identifier()
    call_title = text(200)
    project_title = text(200)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    link = text(500)


class _ToJuror(Contract):
    """What every fact that writes to a juror says. `link` is personal, pairs one device once, and is null for who has
    one paired; `tablet`: the page that a paired device reads on. `read_by`: the last day for reading, if one is set."""

    juror_id = identifier()
    round_id = identifier()
    call_title = text(200)
    round_title = text(200)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    read_by = fields.Date(required=True, allow_none=True)
    link = text(500, allow_none=True)
    link_until = instant(allow_none=True)
    tablet = text(500)


@fact("jury.juror.invited.v1", thing="juror_id")
class JurorInvited(_ToJuror):
    """A juror is asked to read. `readings`: how many projects they were given, null when all read all.
    `meets_at`, `place`: the session, when one is set."""

    is_open = fields.Boolean(required=True)
    readings = fields.Integer(required=True, strict=True, allow_none=True)
    meets_at = instant(allow_none=True)
    place = text(300)


@fact("jury.juror.reminded.v1", thing="juror_id")
class JurorReminded(_ToJuror):
    """The secretary asks who has not finished; `left`: the sheets to fill."""

    left = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))


class ReadingPart(Part):
    """A project to read."""

    number = fields.Integer(required=True, strict=True)
    title = text(200)


@fact("jury.readings.given.v1", thing="juror_id")
class ReadingsGiven(_ToJuror):
    """While the round is open, projects were given to a juror besides those that they had."""

    projects = fields.List(fields.Nested(ReadingPart), required=True, validate=validate.Length(min=1))


class InstalmentPart(Part):
    """One payment: an advance waits for the report of the year before, a balance for that of its own year."""

    year = fields.Integer(required=True, strict=True)
    kind = fields.String(required=True, validate=validate.OneOf(["advance", "balance"]))
    amount = fields.Nested(Money, required=True)


@fact("jury.award.offered.v1", thing="award_id")
class AwardOffered(Contract):
    """A project of the reserve list is offered `amount` of what it `asked`, since another one gave up."""

    award_id = identifier()
    call_id = identifier()
    call_title = text(200)
    project_title = text(200)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    amount = fields.Nested(Money, required=True)
    asked = fields.Nested(Money, required=True)


@fact("jury.award.changed.v1", thing="award_id")
class AwardChanged(AwardOffered):
    """After the results were published, the sum became `amount`; it `was` another. `reserve`: with 0, whether the
    project is on the reserve list. `given_back`: its bearer renounced, where it `was` 0 to a place on that list,
    and keeps `amount` where that was paid already.
    `offered`: what is `amount` now came free for a project of the reserve list, which has not accepted it yet."""

    project_id = identifier(required=False)
    was = fields.Nested(Money, required=True)
    reserve = fields.Boolean(required=True)
    given_back = fields.Boolean(required=False)
    offered = fields.Boolean(required=False)


@fact("jury.award.opened.v1", thing="award_id")
class AwardOpened(_AfterAward):
    """An award is granted: what is paid when, and when the first report is due."""

    award_id = identifier()
    project_id = identifier(required=False)
    amount = fields.Nested(Money, required=True)
    parts = fields.List(fields.Nested(InstalmentPart), required=True)
    first_report_on = fields.Date(required=True)


@fact("jury.report.reminded.v1", thing="report_id")
class ReportReminded(_AfterAward):
    """A report is due soon, or late; `waiting` is what its acceptance opens."""

    report_id = identifier()
    year = fields.Integer(required=True, strict=True)
    due_on = fields.Date(required=True)
    late = fields.Boolean(required=True)
    waiting = fields.Nested(Money, required=True)


@fact("jury.report.reviewed.v1", thing="report_id")
class ReportReviewed(_AfterAward):
    """A report is accepted, which opens `opened`, or returned to its author with the reason."""

    report_id = identifier()
    year = fields.Integer(required=True, strict=True)
    outcome = fields.String(required=True, validate=validate.OneOf(["accepted", "returned"]))
    reason = text(2000)
    opened = fields.Nested(Money, required=True)


@fact("jury.slot.told.v1", thing="project_id")
class SlotTold(Contract):
    """When a project is on the stage; with `moved`, another time or place than was told before; with `taken_back`, it
    gave up and no longer is. `event`: the meeting where that is, empty where none is named."""

    project_id = identifier()
    round_id = identifier()
    call_id = identifier()
    call_title = text(200)
    project_title = text(200)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    starts_at = instant()
    ends_at = instant()
    event = text(200)
    place = text(300)
    moved = fields.Boolean(required=True)
    taken_back = fields.Boolean(required=False)
    calendar = fields.List(fields.Nested(Slot), required=True)


class OnStage(Part):
    """A project and when it is on."""

    project_id = identifier()
    number = fields.Integer(required=True, strict=True)
    title = text(200)
    structure = text(200)
    starts_at = instant()
    ends_at = instant()


@fact("jury.running_order.told.v1", thing="round_id")
class RunningOrderTold(Contract):
    """All that the bearers of a round were told, in order: it replaces what was told before. `event_id`: the event
    where the round is held, null where none is named."""

    round_id = identifier()
    call_id = identifier()
    call_title = text(200)
    event_id = identifier(allow_none=True)
    slots = fields.List(fields.Nested(OnStage), required=True)


@fact("jury.person.erased.v1", thing="request_id")
class ErasedByJury(Contract):
    """What this service erased of a person who asked, by kind of thing, and what it has to keep."""

    request_id = identifier()
    erased = fields.List(fields.Nested(Erased), required=True)
    kept = fields.List(fields.Nested(Kept), required=True)
    at = instant()
