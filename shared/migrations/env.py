"""Run by Alembic. The URL and the service come from the configuration's attributes, never from a file."""

import sqlalchemy as sa
from alembic import context

from shared.migrations import metadata_of

config = context.config
engine = sa.create_engine(config.attributes["url"], poolclass=sa.NullPool)

with engine.connect() as connection:
    # Two processes may start at once: the second waits, then finds nothing to do.
    connection.execute(sa.text("SELECT pg_advisory_lock(1095193441)"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata_of(config.attributes["service"]),
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
