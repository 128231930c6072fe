"""Two invented projects for the calibration exercise: uneven on purpose, so that there is something to talk about."""

from __future__ import annotations

SAMPLES: tuple[dict[str, str], ...] = (
    {
        "title": "Un forage pour Ndiagne",
        "summary": (
            "L’association, née il y a quatre ans, veut financer un forage et trois bornes-fontaines dans un "
            "village de 1 200 habitants. Une enquête menée par deux bénévoles pendant l’été décrit les trajets à "
            "pied, sans chiffre sur la qualité de l’eau. Le maire a écrit qu’il « soutient l’initiative ». Un "
            "comité de gestion serait formé après les travaux ; le prix de l’eau n’est pas encore fixé. Budget : 38 "
            "000 €, dont 12 000 € demandés ; le devis du forage est joint. L’association compte revenir une fois "
            "par an."
        ),
    },
    {
        "title": "Des livres en deux langues",
        "summary": (
            "Trois bibliothèques, ici et là-bas, écrivent avec leurs lecteurs douze albums en français et en "
            "malgache. La commune partenaire emploie déjà la bibliothécaire et met la salle à disposition, par "
            "délibération jointe. Les besoins ont été dits dans six réunions de parents, dont le compte rendu est "
            "donné. Le budget, 9 400 €, n’explique pas les 3 000 € d’impression. L’équipe est entièrement bénévole "
            "et n’a encore mené aucun projet à l’étranger. Rien n’est dit de ce que deviennent les albums après la "
            "première année."
        ),
    },
)
