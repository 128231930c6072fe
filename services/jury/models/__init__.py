"""Step 4: the tables of the jury. Each rule that must never break is a constraint too. Next: announce.py."""

from services.jury.models.applications import (
    Application,
    ApplicationLink,
    ApplicationVersion,
    Attachment,
    EarlierFiling,
    PaperBytes,
)
from services.jury.models.awards import Award, Pot
from services.jury.models.calls import Base, Call, Criterion, Grid, Juror, Project, Recusal
from services.jury.models.chairs import ChairLink
from services.jury.models.deliberation import Move
from services.jury.models.experts import Expert, Opinion, OpinionLink
from services.jury.models.feedback import FeedbackLine
from services.jury.models.followup import AwardLink, Instalment, Report, ReportPaper
from services.jury.models.funders import AnnualFigure, ReportLayout
from services.jury.models.identity import Identity
from services.jury.models.juror_mails import JurorMail
from services.jury.models.links import DismissedLink
from services.jury.models.mail_fates import ClassMail, MailFate
from services.jury.models.minutes import Minutes, Signature
from services.jury.models.portfolio import PastProject
from services.jury.models.public_vote import PublicBallot, PublicSlip, PublicVote
from services.jury.models.readings import Reading
from services.jury.models.room import Arrival, Draw, Gathering, Pitch, Presence, Stage, ToldSlot
from services.jury.models.rounds import Device, PairingCode, Round, RoundJuror, RoundProject
from services.jury.models.rulebooks import RulebookVersion
from services.jury.models.scores import CellHistory, LateEntry, OperationLog, ScoreCell
from services.jury.models.votes import JuryVote

metadata = Base.metadata

__all__ = [
    "AnnualFigure",
    "Application",
    "ApplicationLink",
    "ApplicationVersion",
    "Arrival",
    "Attachment",
    "Award",
    "AwardLink",
    "Base",
    "Call",
    "CellHistory",
    "ChairLink",
    "ClassMail",
    "Criterion",
    "Device",
    "DismissedLink",
    "Draw",
    "EarlierFiling",
    "Expert",
    "FeedbackLine",
    "Gathering",
    "Grid",
    "Identity",
    "Instalment",
    "Juror",
    "JurorMail",
    "JuryVote",
    "LateEntry",
    "MailFate",
    "Minutes",
    "Move",
    "OperationLog",
    "Opinion",
    "OpinionLink",
    "PairingCode",
    "PaperBytes",
    "PastProject",
    "Pitch",
    "Pot",
    "Presence",
    "Project",
    "PublicBallot",
    "PublicSlip",
    "PublicVote",
    "Reading",
    "Recusal",
    "Report",
    "ReportLayout",
    "ReportPaper",
    "Round",
    "RoundJuror",
    "RoundProject",
    "RulebookVersion",
    "ScoreCell",
    "Signature",
    "Stage",
    "ToldSlot",
    "metadata",
]
