"""What the jury's pages, tablets and minutes read. Nothing here writes."""

from services.jury.queries.applications import applications_of, attachments_of, drafts_of
from services.jury.queries.awards import AwardTable, award_table, official_order, pot_of, wish
from services.jury.queries.board import Board, Tablet, board, board_version, tablet_of
from services.jury.queries.calls import (
    CallLine,
    calls,
    criteria_of,
    grid_of,
    jurors_of,
    projects_of,
    recusals_of,
    rounds_of,
)
from services.jury.queries.deliberation import aid, decided, marks, moves_of, talking_order, tied_groups, what_if
from services.jury.queries.feedback import approved, distances, feedback_lines
from services.jury.queries.late import Late, late_tray, waiting_late
from services.jury.queries.pack import pack, pack_version
from services.jury.queries.readings import Pool, complete_sheets, missing_readings, name, number, pool_of, readings_of
from services.jury.queries.room import RoomView, draws_of, presence_of, room_view, round_of_screen
from services.jury.queries.scores import assigned, others, ranking, sheets, texts

__all__ = [
    "AwardTable",
    "Board",
    "CallLine",
    "Late",
    "Pool",
    "RoomView",
    "Tablet",
    "aid",
    "applications_of",
    "approved",
    "assigned",
    "attachments_of",
    "award_table",
    "board",
    "board_version",
    "calls",
    "complete_sheets",
    "criteria_of",
    "decided",
    "distances",
    "drafts_of",
    "draws_of",
    "feedback_lines",
    "grid_of",
    "jurors_of",
    "late_tray",
    "marks",
    "missing_readings",
    "moves_of",
    "name",
    "number",
    "official_order",
    "others",
    "pack",
    "pack_version",
    "pool_of",
    "pot_of",
    "presence_of",
    "projects_of",
    "ranking",
    "readings_of",
    "recusals_of",
    "room_view",
    "round_of_screen",
    "rounds_of",
    "sheets",
    "tablet_of",
    "talking_order",
    "texts",
    "tied_groups",
    "waiting_late",
    "what_if",
    "wish",
]
