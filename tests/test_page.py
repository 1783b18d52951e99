"""The page in a real browser: the daily work of a professional, with no console error and no serious accessibility finding.

Needs Debian's chromium and Playwright's Python package; the screenshots of docs/ are made here when BINI_SCREENSHOTS=1.
"""

import io
import json
import os
import shutil
import socket
import threading
import time
from pathlib import Path

import docx
import openpyxl
import pytest
import uvicorn
from conftest import REPOSITORY
from gateway_pieces import QuotingEngine, make_gateway

from bini.serve.gateway import create_app
from bini.store import Patent

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here (Debian: apt-get install chromium)"),
]
sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright's Python package is not installed")
SCREENSHOTS = REPOSITORY / "docs/screenshots"
PRODUCT = "아세틸트리부틸시트레이트 2%와 나이아신아마이드 3%를 배합한 미백 앰플입니다. 레티놀 무첨가."
CLAIM = "아세틸트리부틸시트레이트를 포함하는 미백 앰플."
LIBRARY = [
    Patent(
        regit_num="1029180910000",
        title="미백 앰플",
        claim_text=CLAIM,
        elements=("아세틸트리부틸시트레이트", "미백 앰플"),
    ),
    Patent(
        regit_num="1011112220000",
        title="레티놀 크림",
        claim_text="레티놀을 포함하는 크림.",
        elements=("레티놀", "크림"),
    ),
    Patent(
        regit_num="1033334440000",
        title="나이아신아마이드",
        claim_text="나이아신아마이드와 펩타이드.",
        elements=("나이아신아마이드", "펩타이드"),
    ),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A running gateway over a plain-search answerer."""
    from bini.recipe import Recipe

    gateway = make_gateway(
        tmp_path_factory.mktemp("page"), Recipe(name="test", base_model="embedded:tiny-random"), QuotingEngine(0.05)
    )
    for patent in LIBRARY:
        gateway.store.put_patent(patent)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(gateway), port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)
    gateway.store.close()


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser, address):
    context = browser.new_context(viewport={"width": 1360, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    errors = []
    foreign = []
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("request", lambda r: foreign.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None)
    opened.goto(address)
    yield opened
    context.close()
    assert [error for error in errors if "503" not in error] == []  # /health, where no vLLM is behind the gateway
    assert foreign == []


def shot(page, name, **options):
    if os.environ.get("BINI_SCREENSHOTS") == "1":
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.evaluate("document.documentElement.scrollTop = 0")
        page.screenshot(path=SCREENSHOTS / f"{name}.png", **options)


def run(page, product=PRODUCT, number="1029180910000"):
    page.fill("#product", product)
    page.select_option("#patent", number)
    page.click("#add-patent")
    page.wait_for_selector("#claims ol")
    page.click("#run")
    page.wait_for_selector(".verdict")


def grade(page):
    return page.inner_text(".verdict .grade")


def serious(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")]


def downloaded(page, button):
    with page.expect_download() as waiting:
        button.click()
    return Path(waiting.value.path()).read_bytes()


def test_paste_run_highlight_correct_and_export(page):
    run(page)
    assert grade(page).startswith("높음")
    quote = page.locator(".quote").first
    quote.focus()
    marked = page.locator("mark.on").first.inner_text()
    assert quote.inner_text() == f"“{marked}”" and marked in PRODUCT
    shot(page, "chart")
    page.locator(".cell-tools button").nth(1).click()
    page.select_option(".correct select", "미대응")
    page.fill(".correct input[name=reason]", "다른 화합물이다")
    page.click(".correct .primary")
    page.wait_for_selector(".grade-낮음")
    content = downloaded(page, page.locator(".actions button", has_text="DOCX"))
    cells = [c.text for t in docx.Document(io.BytesIO(content)).tables for r in t.rows for c in r.cells]
    assert "X 미대응" in cells and PRODUCT in cells
    content = downloaded(page, page.locator(".actions button", has_text="XLSX"))
    values = [c.value for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].rows for c in row]
    assert "X 미대응" in values and PRODUCT in values
    page.locator("text=나머지 모두 인정").click()
    page.wait_for_selector("text=✓ 인정함")
    page.click("[data-view=history]")
    case = json.loads(downloaded(page, page.locator("#export-cases")).decode().splitlines()[0])
    assert case["label"]["comparisons"][0]["match"] == "미대응"
    assert serious(page) == []


def test_a_pasted_claim_is_split_and_its_elements_are_edited_before_the_run(page):
    page.fill("#product", PRODUCT)
    page.fill("#claim", "나이아신아마이드 및 히알루론산을 포함하는 화장료 조성물.")
    page.click("#split")
    page.wait_for_selector("#claims ol")
    first = page.locator("#claims textarea").first
    assert first.input_value() == "나이아신아마이드"
    page.locator("#claims li button").last.click()
    page.locator("#claims textarea").last.fill("나이아신아마이드 3%")
    shot(page, "elements")
    page.click("#run")
    page.wait_for_selector(".verdict")
    assert page.locator(".chart tbody tr:not([hidden])").count() == 2
    assert "나이아신아마이드 3%" in page.inner_text(".chart")


def test_what_if_shows_which_cell_and_grade_moved(page):
    run(page)
    before = grade(page)
    page.fill("#what-if", "나이아신아마이드를 넣고 아세틸트리부틸시트레이트 무첨가인 미백 앰플")
    page.click(".what-if .primary")
    page.wait_for_selector(".moved-note")
    assert grade(page) != before and page.locator("tr.moved").count() == 1
    shot(page, "what-if")


def test_many_patents_come_riskiest_first(page):
    page.fill("#product", PRODUCT)
    page.click("#add-all")
    page.wait_for_function("document.querySelectorAll('#claims > div').length >= 3")
    page.click("#run")
    page.wait_for_selector(".ranking")
    levels = page.locator(".ranking tbody tr td:first-child").all_inner_texts()
    assert levels == sorted(levels, key=["높음", "애매", "낮음"].index) and len(levels) >= 3
    page.locator(".ranking tbody button").last.click()
    page.wait_for_selector(f".grade-{levels[-1]}")
    shot(page, "ranking")


def test_a_batch_is_uploaded_watched_and_exported(page, tmp_path):
    rows = "".join(
        f"제품-{n},{text}\n" for n, text in enumerate([PRODUCT, "레티놀 크림", "나이아신아마이드 세럼", "물"])
    )
    (tmp_path / "products.csv").write_text("id,text\n" + rows, encoding="utf-8")
    page.click("[data-view=batch]")
    page.set_input_files("#products-file", tmp_path / "products.csv")
    page.check("#with-library")
    page.click("#upload .primary")
    page.wait_for_selector("progress")
    page.wait_for_selector(".matrix")
    assert page.locator("#jobs [role=status]").first.inner_text().startswith("끝남")
    assert page.locator(".matrix tbody tr").count() == 4 and page.locator(".matrix .pill").count() >= 12
    content = downloaded(page, page.locator("#jobs .actions button", has_text="XLSX").first)
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames[1] == "제품 x 특허"
    page.locator(".matrix .pill").first.click()
    page.wait_for_selector("#jobs .verdict")
    shot(page, "batch")
    assert serious(page) == []


def test_a_text_that_is_markup_stays_text(page):
    text = "<img src=x onerror=alert(1)><script>alert(2)</script> 아세틸트리부틸시트레이트 미백 앰플"
    run(page, text)
    assert page.locator(".product-text").inner_text() == text
    assert page.locator(".product-text img, .product-text script").count() == 0


def test_english_keyboard_phone_dark_and_print(page):
    page.click("#language")
    assert page.inner_text("#run") == "Compare" and page.get_attribute("html", "lang") == "en"
    page.keyboard.press("Escape")
    page.focus("#product")
    page.keyboard.type("아세틸트리부틸시트레이트 미백 앰플")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the first patent of the list
    page.wait_for_selector("#claims ol")
    page.focus("#run")
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict")
    assert "high" in grade(page) or "unclear" in grade(page) or "low" in grade(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert serious(page) == [], scheme
    shot(page, "dark")
    page.set_viewport_size({"width": 380, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shot(page, "phone", full_page=True)
    page.emulate_media(media="print", color_scheme="light")
    page.set_viewport_size({"width": 1100, "height": 800})
    assert page.locator(".sign-off").is_visible() and not page.locator("#ask").is_visible()
    shot(page, "print", full_page=True)


def test_the_library_takes_a_patent_and_an_error_is_said(page):
    page.click("[data-view=library]")
    page.fill("#new-number", "77-7")
    page.fill("#new-claim", "물을 포함하는 음료.")
    page.click("#patent-form .primary")
    page.wait_for_selector("#patents >> text=77-7")
    page.click("[data-view=chart]")
    page.fill("#product", "물")
    page.click("#run")
    page.wait_for_selector("#notice:not([hidden])")
    assert "청구항" in page.inner_text("#notice")
