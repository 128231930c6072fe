"""The mailer's commands.

`python -m services.mailer COMMAND`.

web|worker|sender|inbound|progress|campaign|silent|program|bounce|relay-log|retention|migrate|dead
"""

from services.mailer import processor
from shared.process import Service, main

processor.advise()

main(
    Service(
        name="mailer",
        create_app="services.mailer.app:create_app",
        settings="services.mailer.settings:load",
        handlers="services.mailer.handlers:handlers",
        background={"chores": "services.mailer.chores:run", "webhooks": "services.mailer.webhooks:run"},
        hourly="services.mailer.retention:hourly",
        commands={
            "sender": "services.mailer.sender:main",
            "inbound": "services.mailer.inbound:main",
            "progress": "services.mailer.commands:progress",
            "campaign": "services.mailer.commands:campaign",
            "silent": "services.mailer.commands:silent",
            "program": "services.mailer.commands:program",
            "bounce": "services.mailer.bounces.command:main",
            "retention": "services.mailer.retention:main",
            "relay-log": "services.mailer.log_settling:main",
        },
    )
)
