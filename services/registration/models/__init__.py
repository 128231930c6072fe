"""Step 4 of nine: the tables of registration. Constraints repeat each rule that must never break.

assembly.py, board.py: general assemblies, who sits. carpool.py: cars shared. desk.py: who is in the building.
workshop_attendance.py: in which workshop. events.py: events, slots, workshops, programme. seats.py: quotas,
claims, reserves, waiting list. allocations.py: ranked wishes. kept_forms.py: half-filled ones.
forms.py: the questions of an event, and what was answered. structures.py, directory.py: structures, places.
support.py, skills.py: help, lent days. parties.py: colleagues. groups.py: groups.
registrations.py: people, answers. restitution.py: what workshops bring back. evaluations.py: opinions on a training.
imports.py: files of people. lists.py: filters kept, marks, bulk. notices.py: whom to tell. matchmaking.py: who
wants to be found. messages.py: what the staff write. invitations.py: who is invited. reschedulings.py: moves.
calling_off.py: what is off. accounts.py: the staff. mail_fates.py: what became of mails. news.py, stage.py: of others.
Next: services/registration/announce/.
"""

from services.registration.models.accounts import SecondFactor, SignInAttempt, StaffAccount
from services.registration.models.allocations import Allocation, AllocationResult, RankedWish
from services.registration.models.assembly import (
    Assembly,
    AssemblyVoter,
    Ballot,
    BallotSlip,
    MinutesAmendment,
    Motion,
    RoomEntry,
    StatutesVersion,
    StruckVoter,
)
from services.registration.models.board import BoardSeat
from services.registration.models.calling_off import AssemblyCallingOff, CallingOff
from services.registration.models.carpool import CarpoolBlock, CarpoolNote, CarpoolRide, CarpoolTrip
from services.registration.models.desk import Attendance, Desk, DeskOperation, WalkIn
from services.registration.models.directory import DirectoryPage, DirectoryWork
from services.registration.models.documents import EventDocument
from services.registration.models.erasures import Erasure, YearSalt
from services.registration.models.evaluations import Evaluation, EvaluationInvitation
from services.registration.models.events import (
    Event,
    EventPartner,
    EventSite,
    ProgrammeItem,
    Slot,
    Speaker,
    Workshop,
)
from services.registration.models.forms import FormAnswer, FormFile, FormVersion
from services.registration.models.groups import (
    ExchangeGroup,
    GroupAnimator,
    GroupLink,
    GroupMeeting,
    GroupMember,
    GroupTopic,
)
from services.registration.models.identity import Identity
from services.registration.models.imports import PeopleFile, PeopleFileLine
from services.registration.models.invitations import (
    Invitation,
    InvitationLine,
    InvitationLink,
    InvitationMail,
    InvitationRound,
    InvitationStop,
)
from services.registration.models.kept_forms import KeptForm
from services.registration.models.lists import BulkAction, BulkActionPerson, RegistrationMark, SavedFilter
from services.registration.models.mail_fates import MailFate
from services.registration.models.matchmaking import MatchProfile
from services.registration.models.messages import StaffMessage, StaffMessageRecipient
from services.registration.models.news import News
from services.registration.models.notices import Notice
from services.registration.models.orm import Base
from services.registration.models.parties import Party, PartyMember
from services.registration.models.partners import Logo
from services.registration.models.programs import ApiToken, Delivery, Webhook
from services.registration.models.registrations import Consent, PersonalLink, Registration, Reminder, SensitiveAnswers
from services.registration.models.reschedulings import Rescheduling, ReschedulingRecipient
from services.registration.models.restitution import (
    HostLink,
    RestitutionOperation,
    RestitutionPart,
    RestitutionSent,
)
from services.registration.models.seats import Quota, Reserve, SeatClaim, WaitingEntry, WorkshopWish
from services.registration.models.skills import SkillMatch, SkillNeed, SkillOffer
from services.registration.models.stage import StageTurn
from services.registration.models.structures import (
    Membership,
    Structure,
    StructureMerge,
    StructureNews,
    StructureType,
)
from services.registration.models.support import SupportAppointment
from services.registration.models.workshop_attendance import WorkshopAttendance, WorkshopOperation

__all__ = [
    "Allocation",
    "AllocationResult",
    "ApiToken",
    "Assembly",
    "AssemblyCallingOff",
    "AssemblyVoter",
    "Attendance",
    "Ballot",
    "BallotSlip",
    "Base",
    "BoardSeat",
    "BulkAction",
    "BulkActionPerson",
    "CallingOff",
    "CarpoolBlock",
    "CarpoolNote",
    "CarpoolRide",
    "CarpoolTrip",
    "Consent",
    "Delivery",
    "Desk",
    "DeskOperation",
    "DirectoryPage",
    "DirectoryWork",
    "Erasure",
    "Evaluation",
    "EvaluationInvitation",
    "Event",
    "EventDocument",
    "EventPartner",
    "EventSite",
    "ExchangeGroup",
    "FormAnswer",
    "FormFile",
    "FormVersion",
    "GroupAnimator",
    "GroupLink",
    "GroupMeeting",
    "GroupMember",
    "GroupTopic",
    "HostLink",
    "Identity",
    "Invitation",
    "InvitationLine",
    "InvitationLink",
    "InvitationMail",
    "InvitationRound",
    "InvitationStop",
    "KeptForm",
    "Logo",
    "MailFate",
    "MatchProfile",
    "Membership",
    "MinutesAmendment",
    "Motion",
    "News",
    "Notice",
    "Party",
    "PartyMember",
    "PeopleFile",
    "PeopleFileLine",
    "PersonalLink",
    "ProgrammeItem",
    "Quota",
    "RankedWish",
    "Registration",
    "RegistrationMark",
    "Reminder",
    "Rescheduling",
    "ReschedulingRecipient",
    "Reserve",
    "RestitutionOperation",
    "RestitutionPart",
    "RestitutionSent",
    "RoomEntry",
    "SavedFilter",
    "SeatClaim",
    "SecondFactor",
    "SensitiveAnswers",
    "SignInAttempt",
    "SkillMatch",
    "SkillNeed",
    "SkillOffer",
    "Slot",
    "Speaker",
    "StaffAccount",
    "StaffMessage",
    "StaffMessageRecipient",
    "StageTurn",
    "StatutesVersion",
    "StruckVoter",
    "Structure",
    "StructureMerge",
    "StructureNews",
    "StructureType",
    "SupportAppointment",
    "WaitingEntry",
    "WalkIn",
    "Webhook",
    "Workshop",
    "WorkshopAttendance",
    "WorkshopOperation",
    "WorkshopWish",
    "YearSalt",
]
