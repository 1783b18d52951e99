"""Batches on a Ray cluster: the same rows as one process gives, one a pair, whatever workers are killed."""

import contextlib
import os
import random
import signal
import sys
import threading
from functools import partial
from pathlib import Path

import pytest
from cluster_pieces import ClusterEngine
from test_screen import ORIGIN, batch

from bini.errors import BiniError
from bini.screen import cluster, count_left, keep
from bini.screen.answering import Asking, answers_here
from bini.screen.journal import Journal
from bini.screen.pool import Pool, pool_for
from bini.store import JobProduct

WORKERS = 2
KILLS = 4  # each costs the start of a process


@pytest.mark.parametrize(
    ("kind", "nodes", "workers", "expected"),
    [
        ("cpu", [{"CPU": 2.0}], None, Pool(1, 2, 0)),
        ("cpu", [{"CPU": 2.0}], 2, Pool(2, 1, 0)),
        ("cpu", [{"CPU": 64.0}, {"CPU": 20.0}], None, Pool(10, 8, 0)),
        ("cpu", [{"CPU": 64.0}, {"CPU": 20.0}], 3, Pool(3, 21, 0)),
        ("cpu", [{"CPU": 1.0}], 2, "do not fit"),
        ("cpu", [{}], None, "no machine with 1 CPU"),
        ("gpu", [{"CPU": 8.0, "GPU": 2.0}, {"GPU": 1.0}], None, Pool(3, 0, 1)),
        ("gpu", [{"GPU": 2.0}], 3, "Use --workers 2"),
        ("gpu", [{"CPU": 8.0}], None, "no machine with 1 GPU"),
    ],
)
def test_the_pool_has_as_many_workers_as_fit_or_says_why_not(recipe, kind, nodes, workers, expected):
    if isinstance(expected, Pool):
        assert pool_for(recipe, kind, nodes, workers) == expected
    else:
        with pytest.raises(BiniError, match=expected):
            pool_for(recipe, kind, nodes, workers)


def test_an_engine_over_two_gpus_takes_both_from_one_machine(recipe):
    two = recipe.model_copy(update={"engine": recipe.engine.model_copy(update={"tensor_parallel_size": 2})})
    assert pool_for(two, "gpu", [{"GPU": 5.0}, {"GPU": 1.0}]) == Pool(2, 0, 2)


def test_without_ray_the_command_to_install_it_is_said(tmp_path, recipe, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with Journal(tmp_path / "j") as journal, pytest.raises(BiniError, match="make ray"):
        next(
            cluster.answers_by_ray(
                batch(), journal, partial(ClusterEngine, tmp_path), Asking(recipe, ORIGIN), "local", None
            )
        )


def test_what_is_read_again_after_a_loss_is_the_same_though_the_journal_has_grown(tmp_path, recipe):
    with Journal(tmp_path / "j") as journal:
        rows = next(answers_here(batch(), partial(ClusterEngine, tmp_path), Asking(recipe, ORIGIN)))
        journal.add(rows[:3])
        read = partial(cluster._read, batch(), journal.path, journal.redo, journal.path.stat().st_size, 2)
        first = [table.to_pylist() for table in read()]
        journal.add(rows)
        assert [table.to_pylist() for table in read()] == first and len(first) == 3


def test_workers_of_one_machine_take_different_cores(monkeypatch, tmp_path):
    monkeypatch.setattr(cluster.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(cluster.os, "sched_getaffinity", lambda _: {0, 1, 2, 3, 4})
    taken = []
    monkeypatch.setattr(cluster.os, "sched_setaffinity", lambda _, group: taken.append(group))
    locks = [cluster._take_cores(2) for _ in range(3)]
    assert taken == [[0, 1], [2, 3]] and locks[2] is None and cluster._take_cores(0) is None
    locks[0].release()  # as the kernel does for a process that has died
    assert cluster._take_cores(2) is not None and taken[2] == [0, 1]


@pytest.fixture(scope="module")
def ray_cluster():
    """A cluster of two cores on this machine, whose workers know this folder's modules."""
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", str(Path(__file__).parent))
        patched.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(
            num_cpus=WORKERS,
            include_dashboard=False,
            _node_ip_address="127.0.0.1",
            log_to_driver=False,
            logging_level="ERROR",
        )
        yield
        ray.shutdown()


def by_ray(pairs, journal, engine, recipe):
    answers = cluster.answers_by_ray(pairs, journal, engine, Asking(recipe, ORIGIN), "local", WORKERS)
    keep(answers, journal, max(1, count_left(pairs, journal)))
    return rows_of(pairs, journal)


def each_once(pairs, journal, engine, recipe):
    rows = by_ray(pairs, journal, engine, recipe)
    assert journal.path.read_bytes().count(b"\n") == len(rows) == len(pairs)
    return rows


def in_one_process(pairs, path, recipe):
    with Journal(path / "one") as journal:
        keep(answers_here(pairs, partial(ClusterEngine, path), Asking(recipe, ORIGIN)), journal, len(pairs))
        return rows_of(pairs, journal)


def rows_of(pairs, journal):
    rows = list(journal.results(pair.pair_id for pair in pairs))
    return [{key: value for key, value in row.items() if key != "answered_at"} for row in rows]


@pytest.mark.slow
def test_a_cluster_gives_the_rows_that_one_process_gives(tmp_path, recipe, ray_cluster):
    products = [JobProduct(product_id=f"p{n}", user_query="ATBC " + "아" * n) for n in range(100)]
    products[7] = JobProduct(product_id="p7", user_query="못읽음")
    pairs = batch(products)
    with Journal(tmp_path / "j") as journal:
        rows = each_once(pairs, journal, partial(ClusterEngine, tmp_path), recipe)
        assert by_ray(pairs, journal, None, recipe) == rows  # nothing is left: no engine is made
    assert rows == in_one_process(pairs, tmp_path, recipe)
    assert sum(row["error"] == "ValueError: cannot stand 못읽음" for row in rows) == 2


@pytest.mark.slow
def test_workers_that_are_killed_at_random_lose_and_double_nothing(tmp_path, recipe, ray_cluster):
    products = [JobProduct(product_id=f"p{n}", user_query="ATBC " + "아" * (n % 50)) for n in range(320)]
    pairs = batch(products)
    engines = tmp_path / "engines"
    engines.mkdir()
    stop, killed = threading.Event(), []

    def kill():
        chance, size = random.Random(1), 0
        while len(killed) < KILLS and not stop.wait(0.05):
            pids = [int(path.name) for path in engines.iterdir() if int(path.name) not in killed]
            grown = (tmp_path / "j").stat().st_size
            if pids and grown > size:  # some chunk has come through since the last kill
                stop.wait(chance.uniform(0, 0.5))
                killed.append(chance.choice(pids))
                size = grown
                with contextlib.suppress(ProcessLookupError):
                    os.kill(killed[-1], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    try:
        with Journal(tmp_path / "j") as journal:
            killer.start()
            rows = each_once(pairs, journal, partial(ClusterEngine, engines, 0.5), recipe)
    finally:
        stop.set()
        killer.join()
    assert len(killed) == KILLS
    assert rows == in_one_process(pairs, tmp_path, recipe)


@pytest.mark.slow
def test_a_pair_that_kills_its_worker_again_and_again_is_set_aside_and_costs_only_itself(tmp_path, recipe, ray_cluster):
    products = [JobProduct(product_id=f"p{n}", user_query="ATBC " + "아" * n) for n in range(40)]
    products[33] = JobProduct(product_id="p33", user_query="독약")
    pairs = batch(products)
    with Journal(tmp_path / "j") as journal:
        rows = each_once(pairs, journal, partial(ClusterEngine, tmp_path), recipe)
    assert [row["product_id"] for row in rows if row["error"] == cluster.KILLS_ITS_WORKER] == ["p33"] * 2
