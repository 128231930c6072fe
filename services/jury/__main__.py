"""`python -m services.jury web|worker|migrate|dead|seed|rank|calibrate|select|assign`."""

from services.jury.commands import rank, seed
from services.jury.recompute import assign, calibrate, select
from shared.process import Service, main

main(
    Service(
        name="jury",
        create_app="services.jury.app:create_app",
        settings="services.jury.settings:load",
        handlers="services.jury.handlers:handlers",
        commands={"seed": seed, "rank": rank, "calibrate": calibrate, "select": select, "assign": assign},
    )
)
