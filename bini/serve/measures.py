"""What Prometheus reads at /metrics. Routes are named by their pattern, so that no id or number becomes a label."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import Scope

from bini.schema import Prediction

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
SECONDS = (0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)


class Measures:
    """Counters of one gateway."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter("bini_requests", "Requests answered.", "method", "route", "status")
        self.refusals = self._counter("bini_refusals", "Requests that the guard refused.", "status")
        self.assessments = self._counter("bini_assessments", "Assessments given.", "risk_level")
        self.unreadable = self._counter("bini_unreadable_answers", "Answers of the model that could not be read.")
        self.tokens = self._counter("bini_tokens", "Tokens read and written by the model.", "kind")
        self.pairs = self._counter("bini_job_pairs", "Pairs of jobs that were answered.", "state")
        self.seconds = Histogram(
            "bini_request_seconds", "Seconds per request.", ("route",), registry=self.registry, buckets=SECONDS
        )
        self.in_line = Gauge("bini_cases_in_line", "Cases asked and not yet answered.", registry=self.registry)
        self.open_jobs = Gauge("bini_open_jobs", "Jobs that are not finished.", registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def took(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request."""
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in METHODS else "other"
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def answered(self, predictions: list[Prediction]) -> None:
        """Count what the model did."""
        for prediction in predictions:
            self.tokens.labels("prompt").inc(prediction.prompt_tokens)
            self.tokens.labels("generated").inc(prediction.generated_tokens)
            if prediction.assessment is None:
                self.unreadable.inc()
            else:
                self.assessments.labels(prediction.assessment.risk_level).inc()

    def text(self) -> bytes:
        return generate_latest(self.registry)
