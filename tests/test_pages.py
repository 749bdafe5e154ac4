"""The pages in a real browser: no console error, no request to the outside, and everything that can be pressed works."""

import os
import re
import shutil
from pathlib import Path

import pytest

from experiments.launch import main
from experiments.report.pdf import BROWSERS, print_page
from tests.test_house import ROOT

BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium, Chrome or Edge on the path")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
JOB = ["city=town", "city.side=20", "population.residents=1500", "population.fraction=1.0", "study.name=seen", "study.warmup=7",
       "study.days=14", "intervention=[order_guards,cctv]", "seeds=2", "launcher=one", "parameter.offence.assault.rate=4",
       "parameter.offence.bicycle_theft.rate=3"]  # fmt: skip
SHOTS = Path(os.environ.get("TRYGGSIM_SCREENSHOTS", ROOT / "results" / "screenshots"))
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 380, "height": 800}
PAGES = ["report.html", "report.sv.html"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    results = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.living.compile_kernels", lambda _: None)  # a single process compiles what it needs
        assert main([*JOB, f"results={results}"]) == 0
    return results / "seen" / "report"


@pytest.fixture(scope="module")
def chromium():
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, folder):
    """Opens a page of the report; at the end nothing may stand on the console, and nobody may have been asked for anything."""
    said, asked, kept = [], [], []

    def open_page(name, size=WIDE):
        page = chromium.new_page(viewport=size, accept_downloads=True)
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((folder / name).as_uri())
        kept.append(page)
        return page

    yield open_page
    assert said == [] and [url for url in asked if not url.startswith(("data:", "file:"))] == []
    for page in kept:
        page.close()


def put(page, name, value):
    """Move a slider."""
    page.evaluate("([id, value]) => { const it = document.getElementById(id); it.value = value; it.dispatchEvent(new Event('input')); }",
                  [name, value])  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_page_fits_its_window(opened, name, size):
    page = opened(name, size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.{size['width']}.png", full_page=True)
    assert page.locator("h1").inner_text() and page.locator("main img").count() >= 8


@pytest.mark.parametrize("name", PAGES)
def test_the_atlas_shows_what_is_chosen(opened, name):
    page = opened(name)
    shown = lambda: page.locator("#map-field").get_attribute("href")  # noqa: E731
    first = shown()
    page.select_option("#map-layer", "walking")
    of_a_day = shown()
    put(page, "map-hour", 17)
    of_17 = shown()
    assert "17:00" in page.locator("#map-said").inner_text()
    put(page, "map-hour", 3)
    assert len({first, of_a_day, of_17, shown()}) == 4
    assert page.locator("#map-hour-said").inner_text() == "03:00"
    page.select_option("#map-layer", "offences")
    page.select_option("#map-measure", "order_guards")
    assert page.locator("#map-hour").is_disabled() and page.locator("#map-kind").is_disabled()
    assert shown() != first and page.locator("#map-legend rect").count() == 7
    assert page.locator("#map-measure option:checked").inner_text() in page.locator("#map").get_attribute("aria-label")
    page.locator("figure:has(#map)").screenshot(path=SHOTS / f"{name}.atlas.png")


def test_a_measure_that_changes_nothing_in_a_layer_cannot_be_chosen_there(opened):
    page = opened("report.html")
    page.select_option("#map-layer", "light")
    assert page.locator("#map-measure option[value=order_guards]").is_disabled()
    page.select_option("#map-layer", "offences")
    page.select_option("#map-measure", "order_guards")
    page.select_option("#map-layer", "light")
    assert page.locator("#map-measure").input_value() == "none"


def test_a_map_can_be_taken_along(opened):
    page = opened("report.html")
    page.select_option("#map-layer", "guardians")
    for end, starts in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("csv", b"east,north,from,to\n")):
        with page.expect_download() as waited:
            page.click(f"#map-{end}")
        assert waited.value.suggested_filename == f"guardians_none_all.{end}"
        kept = Path(waited.value.path()).read_bytes()
        assert kept.startswith(starts)
    lines = kept.decode().splitlines()[1:]
    assert lines and all(len(line.split(",")) == 4 for line in lines)


def test_pictures_can_be_taken_along(opened, folder):
    page = opened("report.html")
    for end in ("png", "svg", "csv"):
        with page.expect_download() as waited:
            page.click(f"figure:has(#picture-ranking) a[download$={end}]")
        assert Path(waited.value.path()).read_bytes() == (folder / "figures" / f"ranking.{'' if end == 'csv' else 'en.'}{end}").read_bytes()


@pytest.mark.parametrize("name", PAGES)
def test_tables_sort_by_the_column_that_is_pressed(opened, name):
    page = opened(name)
    table = page.locator("#numbers table.sorts")
    page.locator("#numbers summary").click()
    values = lambda: [float(v) for v in table.locator("tbody tr td:nth-child(2)").evaluate_all("all => all.map(c => c.dataset.v)") if v]  # noqa: E731
    before = values()
    table.locator("thead th:nth-child(2) button").click()
    assert values() == sorted(before) and table.locator("th:nth-child(2)").get_attribute("aria-sort") == "ascending"
    table.locator("thead th:nth-child(2) button").press("Enter")
    assert values() == sorted(before, reverse=True) and table.locator("th:nth-child(2)").get_attribute("aria-sort") == "descending"
    table.locator("thead th:nth-child(1) button").click()
    names = table.locator("tbody tr td:nth-child(1)").all_inner_texts()
    assert names == sorted(names) and len(set(names)) == 2


@pytest.mark.parametrize("name", PAGES)
def test_the_twin_city_plays(opened, name):
    page = opened(name)
    lit = lambda side: page.locator(f"#{side} circle[stroke='#fff']:visible").count()  # noqa: E731
    page.select_option("#twin-measure", "order_guards")
    at_the_end = lit("twin-without")
    numbers = re.findall(r"\d+", page.locator("#twin-gone").inner_text())
    assert at_the_end > 0 and [int(n) for n in numbers] == [page.locator("#twin-without circle").count(), at_the_end]
    put(page, "twin-at", 0)
    assert lit("twin-without") == lit("twin-with") == 0
    page.click("#twin-play")
    page.wait_for_function("Number(document.getElementById('twin-at').value) > 30")
    page.click("#twin-play")
    stopped = page.locator("#twin-at").input_value()
    page.wait_for_timeout(200)
    assert page.locator("#twin-at").input_value() == stopped
    page.locator(".twins").screenshot(path=SHOTS / f"{name}.twin.png")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_prints(folder, name):
    file = print_page(folder / name)
    assert file.read_bytes().startswith(b"%PDF") and file.stat().st_size > 100_000


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(opened, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = opened(name)
    found = axe.Axe().run(page).response["violations"]
    assert [(v["id"], [node["target"] for node in v["nodes"]][:3]) for v in found] == []
