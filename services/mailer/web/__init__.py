"""Step 1 of nine: the pages of the mailer. Each view hands on to a use case (`contacts.py`, `issues.py` …).

`blueprints` are registered by `app.py`. `csrf_exempt` are the pages whose address is itself the proof: a mail
program posts there without having seen any page before.
"""

from services.mailer.web import (
    archive,
    bulk,
    campaigns,
    contacts,
    contribute,
    contributors,
    dashboard,
    deliverability,
    erasure,
    figures,
    imports,
    issues,
    letters,
    list_archive,
    lists,
    mail_models,
    opportunities,
    own_data,
    photos,
    plan,
    programs,
    reconsent,
    same_person,
    segments,
    sending,
    signup,
    single_mails,
    unsubscribe,
)

blueprints = [
    dashboard.blueprint,
    contacts.blueprint,
    bulk.blueprint,
    same_person.blueprint,
    erasure.blueprint,
    lists.blueprint,
    segments.blueprint,
    imports.blueprint,
    issues.blueprint,
    sending.blueprint,
    letters.blueprint,
    plan.blueprint,
    opportunities.blueprint,
    opportunities.public,
    figures.blueprint,
    deliverability.blueprint,
    contributors.blueprint,
    contribute.blueprint,
    campaigns.blueprint,
    single_mails.blueprint,
    mail_models.blueprint,
    programs.blueprint,
    photos.blueprint,
    archive.blueprint,
    list_archive.blueprint,
    signup.blueprint,
    signup.links,
    unsubscribe.blueprint,
    own_data.asking,
    own_data.links,
    reconsent.blueprint,
    reconsent.links,
]
csrf_exempt = [signup.links, unsubscribe.blueprint, own_data.asking, own_data.links, reconsent.links]

__all__ = ["blueprints", "csrf_exempt"]
