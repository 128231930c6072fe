"""The worker's thread that tells partners' programs what became of their mails."""

from functools import partial

from services.mailer.partners import hooks
from shared.webhooks import calls

run = partial(calls.run, hooks)
