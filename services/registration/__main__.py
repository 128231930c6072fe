"""`python -m services.registration web|worker|migrate|seed|create-admin|check|dead`."""

from services.registration.commands import check, seed
from services.registration.first_admin import create_admin
from shared.process import Service, main

main(
    Service(
        name="registration",
        create_app="services.registration.app:create_app",
        settings="services.registration.settings:load",
        handlers="services.registration.handlers:handlers",
        commands={"seed": seed, "create-admin": create_admin, "check": check},
    )
)
