"""`python -m services.mailer web|worker|sender|progress|bounce|migrate|dead`."""

from services.mailer import commands, sender
from services.mailer.bounces import command as bounce
from shared.process import Service, main

main(
    Service(
        name="mailer",
        create_app="services.mailer.app:create_app",
        settings="services.mailer.settings:load",
        handlers="services.mailer.handlers:handlers",
        commands={"sender": sender.main, "progress": commands.progress, "bounce": bounce.main},
    )
)
