"""The worker's thread that tells partners' programs of facts."""

from functools import partial

from services.registration.use_cases.programs import hooks
from shared.webhooks import calls

run = partial(calls.run, hooks)
