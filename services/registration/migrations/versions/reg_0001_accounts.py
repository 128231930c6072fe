"""Staff accounts and sign-in attempts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0001_accounts"
down_revision = None
branch_labels = ("registration",)
depends_on = None

_instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", sa.String(254), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_at", _instant, nullable=False),
        sa.Column("last_sign_in_at", _instant),
        sa.CheckConstraint(
            "roles <@ ARRAY['admin', 'staff', 'desk', 'secretary', 'editor', 'auditor']::text[]",
            name=op.f("ck_staff_roles_known"),
        ),
        sa.CheckConstraint("email_key = lower(email_key)", name=op.f("ck_staff_email_key_lower")),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("email_key", name="uq_staff_email_key"),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account", sa.LargeBinary, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("at", _instant, nullable=False),
        sa.Column("succeeded", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempts"),
    )
    op.create_index("ix_sign_in_attempts_account_at", "sign_in_attempts", ["account", "at"])
    op.create_index("ix_sign_in_attempts_address_at", "sign_in_attempts", ["address", "at"])


def downgrade() -> None:
    op.drop_table("sign_in_attempts")
    op.drop_table("staff")
