"""Nothing: the goals of who wants to meet stand in a column of their own (reg_0545_goals), where a version that knows
only themes does not stumble over them."""

revision = "reg_0513_goals"
down_revision = "reg_0498_webhook_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
