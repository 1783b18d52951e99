"""The daily work in a browser against `bini serve` with real vLLM and the published model, as a user starts it."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time

import docx
import httpx
import openpyxl
import psutil
import pytest
from conftest import REPOSITORY

pytestmark = [pytest.mark.slow, pytest.mark.long]
pytest.importorskip("playwright.sync_api", reason="Playwright's Python package is not installed")
from test_page import CHROMIUM, browser, downloaded, page, serious  # noqa: E402, F401  # the fixtures

if CHROMIUM is None:
    pytest.skip("no chromium here (Debian: apt-get install chromium)", allow_module_level=True)

START_SECONDS = 590  # on a machine that trains beside it


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "bini.cli", "serve", "recipes/gemma3-270m-bini.yaml"]
    command += ["--port", str(port), "--store", str(folder / "history.sqlite")]
    with (folder / "log.txt").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=REPOSITORY, stderr=log)
    try:
        yield until_ready(process, f"http://127.0.0.1:{port}", folder / "log.txt")
        members = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert not psutil.wait_procs(members, timeout=30)[1]


def until_ready(process, url, log):
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None and time.monotonic() < deadline, log.read_text(encoding="utf-8")
        try:
            if httpx.get(f"{url}/health", timeout=2).status_code == 200:
                return url
        except httpx.TransportError:
            time.sleep(0.3)


def test_paste_run_correct_export_batch_and_print(page, address, tmp_path):  # noqa: F811
    page.set_default_timeout(180_000)  # two cores answer a batch
    page.fill("#product", "아세틸트리부틸시트레이트 2%를 배합한 미백 앰플입니다.")
    page.wait_for_selector("#patent option", state="attached")
    page.click("#add-patent")
    page.wait_for_selector("#claims ol")
    page.click("#run")
    page.wait_for_selector(".verdict")
    assert page.locator(".chart tbody tr:not([hidden])").count() == 2 and "준비됨" in page.inner_text("#health")
    page.locator(".cell-tools button").nth(1).click()
    page.select_option(".correct select", "대응")
    page.fill(".correct input[name=quote]", "미백 앰플")
    page.fill(".correct input[name=reason]", "제품 설명에 있다")
    page.click(".correct .primary")
    page.wait_for_selector("text=✓ 수정함")
    cells = [
        cell.text
        for table in docx.Document(io.BytesIO(downloaded(page, page.locator(".actions button").first))).tables
        for row in table.rows
        for cell in row.cells
    ]
    assert "O 대응" in cells and "미백 앰플" in cells
    page.click("[data-view=batch]")
    (tmp_path / "p.csv").write_text("id,text\na,ATBC 앰플\nb,물\n", encoding="utf-8")
    page.set_input_files("#products-file", tmp_path / "p.csv")
    page.check("#with-library")
    page.click("#upload .primary")
    page.wait_for_selector(".matrix")
    content = downloaded(page, page.locator("#jobs .actions button", has_text="XLSX").first)
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames == ["결과", "제품 x 특허"]
    assert serious(page) == []
    page.emulate_media(media="print")
    assert not page.locator("#upload").is_visible()
    models = httpx.get(f"{address}/v1/models", timeout=30).json()
    assert (
        models["data"][0]["id"] == "gemma3-270m-bini"
        and "bini_assessments_total" in httpx.get(f"{address}/metrics").text
    )
    assert json.loads(httpx.get(f"{address}/v1/assessments").text)["total"] >= 3
    if os.environ.get("BINI_SCREENSHOTS") == "1":
        page.emulate_media(media="screen")
        page.screenshot(path=REPOSITORY / "docs/screenshots/engine.png")
