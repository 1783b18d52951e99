"""A Ray cluster that answers: Ray Data hands chunks of pairs to a pool of workers, each with an engine of its own.

    one task, on this machine          workers                              this process
    pairs that the journal lacks  ->   answering.answer, chunk by chunk  -> journal

Ray Data keeps the reading no further ahead than its share of the object store allows, starts a worker that died anew
and gives its chunk again. A chunk that kills its worker WORKER_TRIES times is set aside; then its pairs are asked one
by one, and a pair that still does it gets a row that says so. Rows reach the journal from here alone, and it takes one
per pair, so nothing is doubled, whatever is asked twice.

Workers need what this machine has, at the same paths: this package, the model's folder, the project's folder. The user's
own glossary travels with the work.
"""

import contextlib
import hashlib
import json
import os
import tempfile
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import TypeAdapter

from bini.errors import BiniError
from bini.glossary.in_force import OWN_FILE
from bini.hardware import profile
from bini.runs import write_bytes
from bini.screen.answering import CHUNK, Asking, MakeEngine, Row, answer, failed_row
from bini.screen.journal import Journal, read_places
from bini.screen.pairs import Pair, Pairs, chunks
from bini.screen.pool import Pool, pool_for

INSTALL = "make ray   (or: .venv/bin/python -m pip install 'ray[data]')"
WORKER_TRIES = 4  # of a chunk, where its worker dies
MAX_SET_ASIDE = 16  # chunks; more of them means that the workers fail, not the pairs
MAX_DEATHS_AT_START = 8  # in a row, of workers that load their engine
OBJECT_STORE_BYTES = 256 * 1024**2  # for what is read ahead and what waits to be written down
KILLS_ITS_WORKER = f"the worker died {WORKER_TRIES} times while it answered this pair alone"
CHUNKS = TypeAdapter(list[Pair])


def answers_by_ray(
    pairs: Pairs, journal: Journal, make_engine: MakeEngine, asking: Asking, address: str, num_workers: int | None
) -> Iterator[list[Row]]:
    """Yield rows of the pairs that the journal lacks; the caller writes them down before it asks for the next.

    `address` is a cluster's, "auto" for one that runs on this machine, "local" to start one.

    Raises:
        BiniError: no Ray, no cluster, too few cores or GPUs, workers that fail whatever they are asked.
    """
    with _connected(address) as ray:
        pool = pool_for(asking.recipe, profile().kind, [node["Resources"] for node in _nodes(ray)], num_workers)
        before = len(journal)
        for size in (CHUNK, 1):
            if any(pair.pair_id not in journal for pair in pairs):
                yield from _answers(pairs, journal, make_engine, asking, pool, size)
        left = [pair for pair in pairs if pair.pair_id not in journal]
        if left and (len(journal) == before or len(left) > MAX_SET_ASIDE * CHUNK):
            raise BiniError(f"{len(left)} pairs have no answer: the workers died.\nGive the same command again.")
        if left:
            yield [failed_row(pair, KILLS_ITS_WORKER, asking.origin) for pair in left]


def _answers(
    pairs: Pairs, journal: Journal, make_engine: MakeEngine, asking: Asking, pool: Pool, size: int
) -> Iterator[list[Row]]:
    """Go once through what the journal lacks, in chunks of `size`."""
    import ray
    from ray.data.exceptions import UserCodeException

    worker = (make_engine, asking, pool.cores, _environment(), str(Path.cwd()), _own_glossary())
    try:
        for batch in _dataset(_source(pairs, journal, size), worker, pool).iter_batches(batch_size=None):
            for text in batch["rows"]:
                yield json.loads(text)
    except (ray.exceptions.RayError, UserCodeException) as error:
        reason = str(error).strip().splitlines()[-1]
        raise BiniError(f"The workers failed: {reason}\nWhat is answered is kept: mend it, then go on.") from error


def _dataset(source: Any, worker: tuple[Any, ...], pool: Pool) -> Any:
    """Return what Ray Data will do: read in one task, answer in the pool, a chunk a row."""
    from ray.data import ActorPoolStrategy, DataContext, read_datasource

    with DataContext.current(_settings(DataContext.get_current())), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # max_task_retries gets another place in Ray 2.64
        return read_datasource(source, num_cpus=0, override_num_blocks=1).map_batches(
            Worker,
            fn_constructor_args=worker,
            batch_size=1,
            compute=ActorPoolStrategy(size=pool.workers, max_tasks_in_flight_per_actor=2),
            num_cpus=pool.cores,
            num_gpus=pool.gpus,
            max_task_retries=WORKER_TRIES - 1,
        )


def _source(pairs: Pairs, journal: Journal, size: int) -> Any:
    """Return what Ray Data reads: chunks of the pairs that the journal lacks now."""
    from ray.data.block import BlockMetadata
    from ray.data.datasource import Datasource, ReadTask

    read = partial(_read, pairs, journal.path.resolve(), journal.redo, journal.path.stat().st_size, size)

    class PairsDatasource(Datasource):  # type: ignore[misc]
        """One task, on the machine that has the tables."""

        supports_distributed_reads = False

        def estimate_inmemory_data_size(self) -> int | None:
            return None

        def get_read_tasks(self, *_: Any, **__: Any) -> list[Any]:
            return [ReadTask(read, BlockMetadata(None, None, None, None))]

    return PairsDatasource()


def _read(pairs: Pairs, path: Path, redo: frozenset[str], end: int, size: int) -> Iterator[Any]:
    """Yield tables of one chunk each. Run again after a loss, it gives the same: the journal counts up to `end` only."""
    import pyarrow

    answered, _ = read_places(path, redo, end)
    for chunk in chunks((pair for pair in pairs if pair.pair_id not in answered), size):
        yield pyarrow.table({"pairs": [CHUNKS.dump_json(chunk).decode("utf-8")]})


class Worker:
    """An actor: an engine on its own cores or GPUs; takes chunks of pairs, gives their rows."""

    def __init__(
        self,
        make_engine: MakeEngine,
        asking: Asking,
        cores: int,
        environment: dict[str, str],
        folder: str,
        own_glossary: bytes | None,
    ) -> None:
        os.environ.update(environment)
        if own_glossary is not None:
            os.environ[OWN_FILE] = str(_file_with(own_glossary))
        if Path(folder).is_dir():
            os.chdir(folder)
        self._asking = asking
        self._cores = _take_cores(cores)
        self._engine = make_engine().__enter__()  # for as long as the process lives
        self._has_answered = False

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[str]]:
        return {"rows": [self._rows(text) for text in batch["pairs"]]}

    def _rows(self, text: str) -> str:
        try:
            rows = answer(CHUNKS.validate_json(text), self._engine, self._asking)
        except Exception as error:
            if isinstance(error, BiniError) or not self._has_answered:
                raise
            print(f"The engine has failed and is made anew: {error!r}", flush=True)
            os._exit(1)  # Ray starts this worker again and gives the chunk once more
        self._has_answered = True
        return json.dumps(rows, ensure_ascii=False)


def _take_cores(count: int) -> FileLock | None:
    """Keep this process on the machine's first free group of cores; its lock is freed when the process dies."""
    cores = sorted(os.sched_getaffinity(0))
    groups = [cores[first : first + count] for first in range(0, len(cores) - count + 1, count)] if count else []
    for group in groups:
        lock = FileLock(Path(tempfile.gettempdir()) / f"bini-cores-{count}-from-{group[0]}.lock")
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=0)
            os.sched_setaffinity(0, group)
            return lock
    return None


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Any]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the machine
    try:
        import ray
        import ray.data  # noqa: F401  # needs more than ray alone
    except ImportError as error:
        raise BiniError(
            f"--ray needs Ray Data, which is not installed ({error}).\nInstall it with: {INSTALL}"
        ) from error
    is_own = not ray.is_initialized()
    if is_own:
        here = {"num_cpus": profile().cores, "include_dashboard": False, "_node_ip_address": "127.0.0.1"}
        try:
            ray.init(
                **(here if address == "local" else {"address": address}), log_to_driver=False, logging_level="ERROR"
            )
        except Exception as error:  # Ray raises whatever it met: ConnectionError, ValueError, Exception itself
            reason = (str(error).strip() or repr(error)).splitlines()[0]
            raise BiniError(
                f"--ray {address}: the cluster cannot be reached or started ({reason}).\n"
                "Look at it with: ray status. Answered pairs are kept."
            ) from error
    try:
        yield ray
    finally:
        if is_own:
            ray.shutdown()


def _nodes(ray: Any) -> list[dict[str, Any]]:
    return [node for node in ray.nodes() if node["Alive"]]


def _settings(context: Any) -> Any:
    """Return Ray Data's context with a chunk as the unit that is moved, retried, and set aside."""
    settings = context.copy()
    settings.target_max_block_size = 1  # byte: each row, which is a chunk, is a block of its own
    settings.max_errored_blocks = MAX_SET_ASIDE
    settings.max_consecutive_actor_init_deaths = MAX_DEATHS_AT_START
    settings.execution_no_progress_timeout_s = -1  # an engine may take long to load
    settings.execution_options.resource_limits = settings.execution_options.resource_limits.copy(
        object_store_memory=OBJECT_STORE_BYTES
    )
    settings.enable_progress_bars = settings.print_on_execution_start = False
    return settings


def _own_glossary() -> bytes | None:
    path = os.environ.get(OWN_FILE)
    return Path(path).read_bytes() if path else None


def _file_with(own_glossary: bytes) -> Path:
    """Return a file of this machine that holds the glossary as it was when the work began."""
    name = f"bini-glossary-{hashlib.sha256(own_glossary).hexdigest()[:16]}.csv"
    path = Path(tempfile.gettempdir()) / name
    write_bytes(path, own_glossary)
    return path


def _environment() -> dict[str, str]:
    """Return the variables that change answers, for workers on other machines."""
    return {name: value for name, value in os.environ.items() if name.startswith(("BINI_", "VLLM_"))}
