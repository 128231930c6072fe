"""`python -m services.mailer web|worker|sender|inbound|progress|program|bounce|relay-log|migrate|dead`."""

from services.mailer import commands, inbound, log_settling, sender
from services.mailer.bounces import command as bounce
from shared.process import Service, main

main(
    Service(
        name="mailer",
        create_app="services.mailer.app:create_app",
        settings="services.mailer.settings:load",
        handlers="services.mailer.handlers:handlers",
        commands={
            "sender": sender.main,
            "inbound": inbound.main,
            "progress": commands.progress,
            "program": commands.program,
            "bounce": bounce.main,
            "relay-log": log_settling.main,
        },
    )
)
