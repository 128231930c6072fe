"""`python -m services.jury web|worker|migrate|dead|seed|remind|retention|rank|calibrate|select|assign`."""

from shared.process import Service, main

main(
    Service(
        name="jury",
        create_app="services.jury.app:create_app",
        settings="services.jury.settings:load",
        handlers="services.jury.handlers:handlers",
        commands={
            "retention": "services.jury.commands:retention",
            "seed": "services.jury.commands:seed",
            "remind": "services.jury.commands:remind",
            "rank": "services.jury.recompute:rank",
            "calibrate": "services.jury.recompute:calibrate",
            "select": "services.jury.recompute:select",
            "assign": "services.jury.recompute:assign",
        },
        hourly="services.jury.commands:hourly",
    )
)
