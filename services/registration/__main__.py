"""`python -m services.registration COMMAND`.

web|worker|migrate|seed|create-admin|check|announce|retention|allocation|minutes|dead
"""

from shared.process import Service, main

main(
    Service(
        name="registration",
        create_app="services.registration.app:create_app",
        settings="services.registration.settings:load",
        handlers="services.registration.handlers:handlers",
        hourly="services.registration.retention:hourly",
        background={
            "webhooks": "services.registration.webhooks:run",
            "offers": "services.registration.chores:run",
            "files": "services.registration.chores:register_files",
        },
        commands={
            "seed": "services.registration.commands:seed",
            "create-admin": "services.registration.first_admin:create_admin",
            "retention": "services.registration.retention:main",
            "allocation": "services.registration.allocation_replay:main",
            "minutes": "services.registration.minutes_replay:main",
            "check": "services.registration.commands:check",
            "announce": "services.registration.commands:announce",
        },
    )
)
