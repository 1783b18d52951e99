"""How much the gateway takes: of one request, of one caller, of all at once. What is more gets 413, 422 or 429."""

from dataclasses import dataclass

MAX_TEXT_CHARACTERS = 20_000  # of a product or a claim
MAX_ELEMENTS = 40  # of a claim
MAX_CLAIMS = 50  # of one request
MAX_JOB_PRODUCTS = 5_000
MAX_JOB_PATENTS = 500


@dataclass(frozen=True)
class Limits:
    """What one gateway takes. The defaults suit one machine and a team."""

    max_body_bytes: int = 2_000_000
    max_upload_bytes: int = 20_000_000
    max_body_seconds: float = 30.0  # for a body to arrive
    max_cases_in_line: int = 128  # asked and not yet answered, jobs aside
    max_requests_at_work: int = 16
    max_requests_per_minute: int = 600  # of one caller
    max_job_pairs: int = 20_000
    max_open_jobs: int = 20
    job_chunk: int = 8  # pairs of a job that are asked together; requests in between wait no longer than that
