"""The first tables: assessments, reviews, jobs, the library, keys, and an audit log that cannot be changed."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE assessments (
    assessment_id TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    case_json TEXT NOT NULL,
    assessment_json TEXT NOT NULL,
    origin_json TEXT NOT NULL,
    input_sha256 TEXT NOT NULL,
    risk_level TEXT NOT NULL,
    regit_num TEXT NOT NULL,
    job_id TEXT
);
CREATE INDEX assessments_by_time ON assessments (created_at DESC);
CREATE TABLE reviews (
    review_id INTEGER PRIMARY KEY AUTOINCREMENT,
    assessment_id TEXT NOT NULL REFERENCES assessments ON DELETE CASCADE,
    element INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    review_json TEXT NOT NULL
);
CREATE INDEX reviews_by_assessment ON reviews (assessment_id, element, review_id);
CREATE TABLE jobs (
    job_id TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    state TEXT NOT NULL,
    name TEXT NOT NULL,
    finished_at TEXT
);
CREATE TABLE job_products (
    job_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    number INTEGER NOT NULL,
    product_json TEXT NOT NULL,
    PRIMARY KEY (job_id, number)
);
CREATE TABLE job_patents (
    job_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    number INTEGER NOT NULL,
    patent_json TEXT NOT NULL,
    PRIMARY KEY (job_id, number)
);
CREATE TABLE job_pairs (
    job_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    pair INTEGER NOT NULL,
    product INTEGER NOT NULL,
    patent INTEGER NOT NULL,
    state TEXT NOT NULL,
    assessment_id TEXT,
    risk_level TEXT,
    error TEXT,
    PRIMARY KEY (job_id, pair)
);
CREATE INDEX job_pairs_by_state ON job_pairs (job_id, state, pair);
CREATE TABLE patents (
    regit_num TEXT PRIMARY KEY,
    patent_json TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE glossary_additions (
    canonical TEXT PRIMARY KEY,
    addition_json TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE keys (
    key_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE audit (
    audit_id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
"""
TRIGGERS = (
    "CREATE TRIGGER audit_is_not_updated BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END",
    "CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END",
    "CREATE TRIGGER reviews_are_not_updated BEFORE UPDATE ON reviews "
    "BEGIN SELECT RAISE(ABORT, 'a review is followed by another, never changed'); END",
)


def upgrade() -> None:
    for statement in TABLES.split(";"):
        if statement.strip():
            op.execute(statement)
    for trigger in TRIGGERS:
        op.execute(trigger)
