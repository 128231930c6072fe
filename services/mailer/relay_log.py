"""What a relay's log says about mails whose outcome we never saw. Pure: lines in, fates out.

Reads the log of Postfix, in whichever way syslog writes it: Message-ID → queue id → status. A mail counts as taken
only when the queue manager has it or a delivery was tried; that its header was read proves nothing, for the client
may have hung up before the final dot.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from services.mailer import rules

_LINE = re.compile(
    r"\bpostfix[\w.-]*/(?:[\w.-]+/)?(?P<program>[\w-]+)\[\d+\]: (?:(?:info|warning): )?"
    r"(?P<queue>[0-9A-F]{6,16}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,20}): (?P<rest>.*)"
)
_MESSAGE_ID = re.compile(r"(?:resent-)?message-id=(<[^>]*>)")
_STATUS = re.compile(r"(?:^|, )dsn=(?P<dsn>[245]\.\d{1,3}\.\d{1,3}), status=(?P<status>[a-z]+)(?: \((?P<words>.*)\))?")
_EXPIRED = re.compile(r"(?:^|, )status=(expired|force-expired), returned to sender")
_HANDED_ON = re.compile(r"queued as (\w+)")
_TURNED_AWAY = re.compile(
    r"^(?:milter-reject|reject): (?:END-OF-MESSAGE|body|header)\b.*?: (?P<words>[245]\.\d+\.\d+ .*?)(?:;|$)"
)


@dataclass(frozen=True)
class Fate:
    """What became of a mail. outcome: accepted, or rejected. waits: it is still in the relay's queue."""

    outcome: str
    queue_id: str
    enhanced: str
    words: str
    waits: bool = False

    @property
    def verdict(self) -> rules.Verdict:
        """As when the relay had told us itself."""
        if self.outcome == "accepted":
            return rules.Verdict("accepted")
        judged = rules.judge(550, f"{self.enhanced} {self.words}")
        return judged if judged.outcome == "rejected" else rules.Verdict("rejected", "refused")


class LogReader:
    """Follows the mails that are asked for, line by line, in the order of the log; keeps nothing of any other."""

    def __init__(self, message_ids: Collection[str]) -> None:
        self._wanted = frozenset(message_ids)
        self._mail_of: dict[str, str] = {}  # by the queue id that is in use now
        self._seen: set[str] = set()
        self._fates: dict[str, Fate] = {}

    def feed(self, line: str) -> None:
        """One line; whatever is not about a mail asked for is passed over."""
        found = _LINE.search(line)
        if found is None:
            return
        queue_id, program, rest = found["queue"], found["program"], found["rest"]
        if program == "cleanup" and (named := _MESSAGE_ID.match(rest)):
            self._name(queue_id, named[1])
            return
        mail = self._mail_of.get(queue_id)
        if mail is None:
            return
        if rest == "removed":
            del self._mail_of[queue_id]  # queue ids are used again
        elif fate := self._fate(queue_id, program, rest):
            self._fates[mail] = fate

    def fates(self) -> dict[str, Fate]:
        """By Message-ID, for those whose fate the log tells."""
        return dict(self._fates)

    def begun(self) -> set[str]:
        """Message-IDs that the relay read, without a word that it kept the mail."""
        return self._seen - self._fates.keys()

    def _name(self, queue_id: str, message_id: str) -> None:
        self._mail_of.pop(queue_id, None)
        if message_id in self._wanted:
            self._mail_of[queue_id] = message_id
            self._seen.add(message_id)

    def _fate(self, queue_id: str, program: str, rest: str) -> Fate | None:
        mail = self._mail_of[queue_id]
        before = self._fates.get(mail)
        if turned_away := _TURNED_AWAY.match(rest):
            words = turned_away["words"]
            permanent = words.startswith("5")
            return Fate("rejected", queue_id, words.split()[0], words.partition(" ")[2]) if permanent else None
        if _EXPIRED.search(rest):
            return Fate("rejected", queue_id, "5.4.7", "the relay tried until it gave up")
        if program == "qmgr" and rest.startswith("from=<") and ", nrcpt=" in rest:
            return before or Fate("accepted", queue_id, "", "in the relay's queue", waits=True)
        status = _STATUS.search(rest)
        if status is None or not rest.startswith("to=<"):
            return None
        words = status["words"] or ""
        if status["status"] == "sent":
            handed_on = _HANDED_ON.search(words)
            if before and handed_on and self._mail_of.get(handed_on[1]) == mail:
                return before if before.queue_id != queue_id else Fate("accepted", queue_id, "", words, waits=True)
            return Fate("accepted", queue_id, status["dsn"], words)
        if status["status"] == "deferred":
            return Fate("accepted", queue_id, status["dsn"], words, waits=True)
        if status["status"] in ("bounced", "expired"):
            return Fate("rejected", queue_id, status["dsn"], words)
        return None
