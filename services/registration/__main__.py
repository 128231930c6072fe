"""`python -m services.registration web|worker|migrate|seed|create-admin|check|dead`."""

from shared.process import Service, main

main(
    Service(
        name="registration",
        create_app="services.registration.app:create_app",
        settings="services.registration.settings:load",
        handlers="services.registration.handlers:handlers",
        background={"webhooks": "services.registration.webhooks:run"},
        commands={
            "seed": "services.registration.commands:seed",
            "create-admin": "services.registration.first_admin:create_admin",
            "check": "services.registration.commands:check",
        },
    )
)
