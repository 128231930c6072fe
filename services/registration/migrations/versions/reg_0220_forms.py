"""The questions of an event as data, in versions; what was asked so far becomes version 1 of every event."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0220_forms"
down_revision = "reg_0230_messages"
branch_labels = None
depends_on = None

ASKED_SO_FAR = [
    {
        "key": "phone",
        "type": "text",
        "section": "you",
        "label": {"fr": "Téléphone", "en": "Telephone"},
        "hint": {
            "fr": "Pour vous joindre le jour même. Il n’est donné à personne.",
            "en": "To reach you on the day. Given to nobody.",
        },
        "most": 40,
    },
    {
        "key": "structure",
        "type": "text",
        "section": "you",
        "label": {"fr": "Structure", "en": "Structure"},
        "hint": {
            "fr": "Association, commune, entreprise… Laissez vide si vous venez à titre personnel.",
            "en": "Association, local authority, company… Leave empty if you come for yourself.",
        },
        "most": 200,
    },
    {
        "key": "function",
        "type": "text",
        "section": "you",
        "label": {"fr": "Fonction", "en": "Function"},
        "wording": {"authority": {"fr": "Mandat ou fonction", "en": "Elected office or function"}},
        "most": 120,
    },
    {
        "key": "meal",
        "type": "choice",
        "section": "day",
        "label": {"fr": "Déjeunez-vous sur place ?", "en": "Will you have lunch with us?"},
        "options": [{"key": "true", "fr": "Oui", "en": "Yes"}, {"key": "false", "fr": "Non", "en": "No"}],
        "required": True,
    },
    {
        "key": "diet",
        "type": "choice",
        "section": "day",
        "label": {"fr": "Régime alimentaire", "en": "Diet"},
        "options": [
            {"key": "vegetarian", "fr": "Végétarien", "en": "Vegetarian"},
            {"key": "vegan", "fr": "Végétalien", "en": "Vegan"},
            {"key": "no_pork", "fr": "Sans porc", "en": "No pork"},
            {"key": "gluten_free", "fr": "Sans gluten", "en": "Gluten-free"},
            {"key": "allergy", "fr": "Allergie (à préciser ci-dessous)", "en": "Allergy (say which below)"},
        ],
        "protection": "sensitive",
    },
    {
        "key": "diet_note",
        "type": "text",
        "section": "day",
        "label": {"fr": "Précision sur le repas", "en": "More about the meal"},
        "most": 300,
        "protection": "sensitive",
    },
    {
        "key": "access",
        "type": "text",
        "section": "day",
        "label": {"fr": "De quoi avez-vous besoin pour participer ?", "en": "What do you need to take part?"},
        "hint": {
            "fr": "Par exemple : accès en fauteuil, interprète en langue des signes, boucle magnétique, "
            "place assise près de l’estrade.",
            "en": "For example: wheelchair access, sign language interpreter, induction loop, a seat near the stage.",
        },
        "most": 1000,
        "rows": 4,
        "protection": "sensitive",
    },
    {
        "key": "call_back",
        "type": "agreement",
        "section": "day",
        "label": {
            "fr": "Je souhaite qu’une personne m’appelle pour en parler",
            "en": "I would like somebody to call me about it",
        },
        "protection": "sensitive",
    },
    {
        "key": "newsletter",
        "type": "agreement",
        "section": "choices",
        "label": {
            "fr": "Je souhaite recevoir L’Écho du Réseau, la lettre d’information, tous les deux mois.",
            "en": "I would like to receive L’Écho du Réseau, the newsletter, every two months.",
        },
    },
    {
        "key": "participant_list",
        "type": "agreement",
        "section": "choices",
        "label": {
            "fr": "J’accepte que mon nom et ma structure figurent sur la liste remise aux participants.",
            "en": "I agree that my name and structure appear on the list given to participants.",
        },
    },
    {
        "key": "carpool",
        "type": "agreement",
        "section": "choices",
        "label": {
            "fr": "J’accepte d’être mis·e en relation, par courriel, pour covoiturer depuis mon département.",
            "en": "I agree to be put in touch, by e-mail, to share a car from my département.",
        },
    },
    {
        "key": "photo",
        "type": "agreement",
        "section": "choices",
        "label": {
            "fr": "J’accepte d’apparaître sur les photos publiées par le réseau.",
            "en": "I agree to appear in photographs published by the network.",
        },
    },
]


def upgrade() -> None:
    op.create_table(
        "form_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("questions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_form_versions_number_from_one")),
        sa.CheckConstraint("jsonb_typeof(questions) = 'array'", name=op.f("ck_form_versions_questions_listed")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_form_versions_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_versions")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_form_versions_event_id_number")),
    )
    op.create_index(
        "uq_form_versions_draft",
        "form_versions",
        ["event_id"],
        unique=True,
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "form_answers",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_form_answers_registration_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["version_id"], ["form_versions.id"], name=op.f("fk_form_answers_version_id")),
        sa.PrimaryKeyConstraint("registration_id", "question", name=op.f("pk_form_answers")),
    )
    op.create_index(op.f("ix_form_answers_version_id"), "form_answers", ["version_id"], unique=False)
    op.create_table(
        "form_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size BETWEEN 1 AND 5242880", name=op.f("ck_form_files_size_bounded")),
        sa.CheckConstraint("octet_length(body) = size", name=op.f("ck_form_files_size_true")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_form_files_event_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_form_files_registration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_files")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_form_files_token_hash")),
    )
    op.create_index(op.f("ix_form_files_event_id"), "form_files", ["event_id"], unique=False)
    op.create_index(op.f("ix_form_files_registration_id"), "form_files", ["registration_id"], unique=False)
    op.add_column("registrations", sa.Column("form_version_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_registrations_form_version_id"), "registrations", "form_versions", ["form_version_id"], ["id"]
    )
    op.create_index(op.f("ix_registrations_form_version_id"), "registrations", ["form_version_id"], unique=False)
    first = sa.text(
        "INSERT INTO form_versions (id, event_id, number, questions, revision, made_at, published_at) "
        "SELECT gen_random_uuid(), id, 1, CAST(:questions AS jsonb), 0, created_at, created_at FROM events"
    )
    op.execute(first.bindparams(questions=json.dumps(ASKED_SO_FAR)))
    op.execute(
        "UPDATE registrations SET form_version_id = form_versions.id FROM form_versions "
        "WHERE form_versions.event_id = registrations.event_id AND registrations.actor_type <> 'other'"
    )
    op.execute("""
        CREATE FUNCTION refuse_form_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'a published form never changes' USING ERRCODE = 'restrict_violation';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER published_forms_are_final BEFORE UPDATE ON form_versions FOR EACH ROW
        WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_form_change()
    """)


def downgrade() -> None:
    op.drop_index(op.f("ix_registrations_form_version_id"), table_name="registrations")
    op.drop_constraint(op.f("fk_registrations_form_version_id"), "registrations", type_="foreignkey")
    op.drop_column("registrations", "form_version_id")
    op.drop_table("form_files")
    op.drop_table("form_answers")
    op.drop_table("form_versions")
    op.execute("DROP FUNCTION refuse_form_change")
