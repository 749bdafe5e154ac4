"""The city that is watched: what it shows is what the model holds, its measures change at dawn, and the page works in a browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest

from experiments.live.__main__ import main
from experiments.live.city import LiveCity, make_stage
from experiments.report.pdf import BROWSERS
from sim.agents import PatrolUnit, Person
from sim.compose import jobs
from sim.kernels.walk import unroll
from sim.whereabouts import people_now, units_now
from tests.test_house import ROOT

TOWN = ["city=town", "city.side=20", "population.residents=1500", "population.fraction=1.0", "study.warmup=7", "study.days=7",
        "intervention=[order_guards,cctv]", "intervention.order_guards.strategy=hot_spots", "parameter.offence.assault.rate=4",
        "parameter.offence.bicycle_theft.rate=4"]  # fmt: skip
BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def stage():
    return make_stage(jobs(["experiment=single", *TOWN])[0])


@pytest.fixture
def city(stage, monkeypatch):
    monkeypatch.setattr(LiveCity, "stage", stage)
    monkeypatch.setattr(LiveCity, "doses", {})
    made = LiveCity()
    yield made
    made.close()


def until(city, hour):
    """Live to an hour of the day (from 04:00 on)."""
    ticks = (hour - 4) % 24 * 6
    for _ in range((ticks - city.tick_of_day) % 144):
        city.step()


def test_people_are_seen_where_their_ways_lead_them(city):
    until(city, 8)
    walkers, where = city.world.walkers, city.where.trip
    cells = people_now(city, walkers)
    under_way = (where.depart[walkers] <= city.now) & (city.now < where.arrive[walkers])
    assert under_way.sum() > 4
    there, waiting = where.arrive[walkers] <= city.now, where.depart[walkers] > city.now
    assert (cells[there] == where.place[walkers[there]]).all() and (cells[waiting] == where.origin[walkers[waiting]]).all()
    path, enter = np.empty(4096, np.int32), np.empty(4096, np.int32)
    for row, cell in zip(walkers[under_way], cells[under_way], strict=True):
        way = where[row]
        person = city.world.people.id[row]
        n, arrive = unroll(city.city.ground, city.city.transit, city.groups["walk"], city.world.seed, person, way.depart, way.origin,
                           way.place, way.mode, path, enter)  # fmt: skip
        assert arrive == way.arrive
        entered = [k for k in range(n) if enter[k] <= city.now - way.depart]
        assert cell == path[entered[-1]]
    rows, seen = city.on_foot()
    assert (seen >= 0).all() and set(rows) <= set(walkers)


@pytest.fixture
def guarded(stage, city, monkeypatch):
    """A city with a hundred guards."""
    monkeypatch.setattr(LiveCity, "doses", {"order_guards": 1.0})
    made = LiveCity()
    yield made
    made.close()


def test_patrols_are_seen_on_duty_only_and_on_their_legs(guarded):
    city = guarded
    until(city, 20)
    cells, now = units_now(city), city.now
    on_duty = [any(a <= now < b for a, b in zip(u.shift_from, u.shift_to, strict=True)) for u in city.units]
    assert (cells >= 0).tolist() == on_duty and any(on_duty)
    for unit, cell in zip(city.units, cells, strict=True):
        if cell >= 0 and now >= unit.arrive:
            assert cell == unit.target


def test_measures_change_at_the_next_dawn_and_not_before(city):
    until(city, 12)
    before = len(city.units)
    city.switch({"order_guards": 0.5})
    until(city, 4)
    assert len(city.units) == before
    until(city, 5)
    guards = city.levers.squads["order_guards"]
    assert len(city.units) > before and guards.strategy == "hot_spots"
    half = len(city.units) - before
    city.switch({"order_guards": 1.0})
    until(city, 4)
    city.step()
    assert len(city.units) - before == pytest.approx(2 * half, abs=1)
    city.switch({})
    until(city, 4)
    city.step()
    assert len(city.units) == before


def test_a_city_made_anew_lives_the_same_day_again_with_the_measures_that_are_on(stage, city, monkeypatch):
    for _ in range(144):
        city.step()
    again = LiveCity()
    for _ in range(144):
        again.step()
    assert again.log.all().tobytes() == city.log.all().tobytes() and len(city.log.all())
    monkeypatch.setattr(LiveCity, "doses", {"order_guards": 1.0})
    guarded = LiveCity()
    guarded.step()
    assert "order_guards" in guarded.levers.squads
    again.close()
    guarded.close()


def test_it_stops_at_the_end_of_the_study(city):
    for _ in range(7 * 144 + 5):
        city.step()
    assert city.tick == 14 * 144 and not city.running and city.clock_text()


def test_who_is_pressed_is_shown_as_a_mesa_agent(guarded):
    city = guarded
    until(city, 17)
    rows, cells = city.patrols()
    unit = city.found(int(cells[0]))
    assert isinstance(unit, PatrolUnit) and dict(city.told_of(unit))["force"] in city.force_names
    people, where = city.on_foot()
    cols = city.city.grid.cols
    away = np.array([np.hypot(cells // cols - c // cols, cells % cols - c % cols).min() for c in where])
    alone = int(away.argmax())
    if away[alone] > 4:
        person = city.found(int(where[alone]))
        assert isinstance(person, Person) and dict(city.told_of(person))["under way"] == "yes"
    assert city.found(-10 * cols) is None


def test_what_happened_lately_is_in_the_log(city):
    until(city, 23)
    log = city.offences()
    assert (log.time > city.now // 10 - 6 * 3600).all() and (log.time <= city.now // 10).all()
    assert len(log) == sum(1 for e in np.concatenate([city.log.yesterday(), city.log.all()]) if e["time"] >= city.now // 10 - 6 * 3600)


@pytest.mark.parametrize("option, said", [("port=80", "1024 to 65535"), ("port=x", "1024 to 65535"), ("seeeds=2", "seeeds")])
def test_mistakes_are_told_in_a_line(capsys, option, said):
    assert main([*TOWN, option]) == 2
    error = capsys.readouterr().err
    assert said in error and "Traceback" not in error


@pytest.fixture(scope="module")
def served():
    """The address of a live view of a small town."""
    pytest.importorskip("solara", reason="the live view needs solara: pip install 'tryggsim[live]'")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command, environment = [sys.executable, "-m", "experiments.live", *TOWN, f"port={port}"], os.environ | {"PYTHONPATH": str(ROOT)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True, **quiet)
    address, begun = f"http://localhost:{port}", time.monotonic()
    while time.monotonic() - begun < 240:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            break
        except OSError:
            time.sleep(0.5)
    yield address
    os.killpg(server.pid, 15)
    server.wait(30)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium, Chrome or Edge on the path")
def test_the_page_steps_plays_switches_and_shows_who_is_pressed(served):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    said, asked = [], []
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(served)
        page.wait_for_selector("canvas", timeout=60_000)
        assert "Sun 9 Sep 2018, 04:00" in page.inner_text("main, body")
        page.get_by_role("button", name="Step").click()
        page.wait_for_function("document.body.innerText.includes('04:10')")
        page.get_by_text("Order guards").click()
        page.wait_for_function("document.body.innerText.includes('dose 1.0')")
        page.get_by_role("button", name="▶").click()
        page.wait_for_function("/Step: (\\d{3,})/.test(document.body.innerText)", timeout=120_000)
        page.get_by_role("button", name="❚❚").click()
        page.wait_for_timeout(1000)
        box = page.locator("canvas").bounding_box()
        found = False
        for at in range(1, 60):
            page.mouse.click(box["x"] + box["width"] * (at * 0.37 % 1), box["y"] + box["height"] * (at * 0.61 % 1))
            page.wait_for_timeout(150)
            if "force:" in page.inner_text("body") or "on the way to:" in page.inner_text("body"):
                found = True
                break
        (ROOT / "results" / "screenshots").mkdir(parents=True, exist_ok=True)
        page.screenshot(path=ROOT / "results" / "screenshots" / "live.png")
        assert found and "error in step" not in page.inner_text("body")
        page.get_by_role("button", name="Reset").click()
        page.wait_for_function("document.body.innerText.includes('Sun 9 Sep 2018, 04:00')")
        browser.close()
    assert said == [] and [url for url in asked if not url.startswith((served, "data:", "blob:"))] == []
