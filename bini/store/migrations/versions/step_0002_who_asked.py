"""Who asked for a batch stands with it, for the audit log of its pairs; a REPLACE cannot change the log either."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE jobs ADD COLUMN actor TEXT NOT NULL DEFAULT 'local'")
    op.execute(
        "CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit "
        "WHEN EXISTS (SELECT 1 FROM audit WHERE audit_id = NEW.audit_id) "
        "BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END"
    )
