"""How the tables came to be, step by step; alembic runs what a file lacks. A step that is published never changes."""
