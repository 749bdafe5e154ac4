"""Field trials: where sites are, who is treated, and what is counted; a trial lived from end to end."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.trial.__main__ import main
from experiments.trial.analysis import (
    CONTROL,
    NEAR_CONTROL,
    NEAR_TREATED,
    REST,
    TREATED,
    chosen,
    counts,
    effect_in,
    over_worlds,
    parts,
    rate_ratio,
    said_of,
    table_of,
)
from experiments.trial.lives import configs_of, live, measures_of, trials
from experiments.trial.sites import allot, find_sites, kinds_of
from sim.clock import DAY
from sim.guardians import make_sites
from sim.levers import GIVEN, Levers
from sim.options import ConfigError
from sim.trial import Treatment, Trial, legs_m, spread
from tests.conftest import small_world

OFFENCES = {"assault": {"group": "violence", "target": "person"}, "theft": {"group": "theft", "target": "thing"},
            "dealing": {"group": "order", "target": "market"}}  # fmt: skip
TOWN = ["city=town", "city.side=24", "population.residents=1500", "population.fraction=1", "trial.before=7", "trial.during=7",
        "trial.apart_m=150", "trial.radius_m=60", "study.warmup=3", "seeds=1", "parameter.offence.vandalism.rate=3",
        "parameter.offence.bicycle_theft.rate=2", "parameter.offender.participation=0.05", "parameter.offence.vandalism.repeat=0.5",
        "parameter.offence.vandalism.light=2"]  # fmt: skip


@pytest.fixture(scope="module")
def town():
    return small_world({}, days=1).city


def events(**columns):
    n = len(next(iter(columns.values())))
    usual = {"happened": 1, "reported": 1, "recorded": 1, "kind": 0, "cell": 0, "time": 0, "guardians": 0}
    return pd.DataFrame({name: columns.get(name, [value] * n) for name, value in usual.items()})


def run(table):
    return SimpleNamespace(events=table, summary={"offences": OFFENCES, "compare": {"night_from": 20, "night_to": 5}})


def test_types_and_groups_are_found_by_name():
    assert kinds_of("all", OFFENCES) == [0, 1, 2] and kinds_of("violence+dealing", OFFENCES) == [0, 2]
    with pytest.raises(ConfigError, match="arson is no type or group"):
        kinds_of("arson", OFFENCES)


def test_sites_are_the_hottest_apart_from_each_other_by_what_was_reported_before(town):
    walkable = np.flatnonzero(town.walkable)
    far = walkable[town.grid.distance_m(walkable, walkable[0]) > 500]
    hot, warm, beside = int(walkable[0]), int(far[0]), int(town.grid.around(int(walkable[0]), 60)[-1])
    table = events(cell=[hot] * 5 + [beside] * 4 + [warm] * 3 + [warm] * 9, time=[0] * 12 + [30 * DAY] * 9)
    trial = Trial(number=2, apart_m=400, radius_m=10, before=30)
    cells, count = find_sites(trial, town, run(table))
    assert cells.tolist() == [hot, warm] and count.tolist() == [5, 3]  # what came during the trial chooses nothing
    assert find_sites(Trial(number=1, skip=1, apart_m=0, radius_m=10, before=30, allocate="all"), town, run(table))[0].tolist() == [beside]
    with pytest.raises(ConfigError, match="only 1 sites were found, 2 are needed"):
        find_sites(Trial(apart_m=9000, radius_m=10, before=30), town, run(table))
    with pytest.raises(ConfigError, match=r"trial.kinds=moon: allowed are"):
        find_sites(Trial(sites="places", kinds="moon"), town, run(table))


def test_sites_may_be_a_list_in_a_file(town, tmp_path):
    walkable = np.flatnonzero(town.walkable)[[3, 300]]
    x, y = town.grid.centre(walkable)
    file = tmp_path / "sites.csv"
    pd.DataFrame({"easting_m": x, "northing_m": y}).to_csv(file, index=False)
    cells, _ = find_sites(Trial(sites="list", file=str(file), apart_m=0), town, run(events(cell=[0])))
    assert sorted(cells.tolist()) == sorted(walkable.tolist())
    with pytest.raises(ConfigError, match="cannot be read as a CSV"):
        find_sites(Trial(sites="list", file="nowhere.csv"), town, run(events(cell=[0])))


def test_of_each_pair_of_like_sites_one_is_treated_by_lot():
    count = np.array([9.0, 1.0, 8.0, 2.0, 5.0])
    lots = np.array([allot(Trial(), count, seed) for seed in range(400)])
    assert (lots[:, 0] ^ lots[:, 2]).all() and (lots[:, 4] ^ lots[:, 3]).all() and not lots[:, 1].any()
    assert lots.mean(axis=0)[[0, 4]] == pytest.approx([0.5, 0.5], abs=0.08)
    assert allot(Trial(allocate="all"), count, 1).all() and allot(Trial(allocate="lot"), count, 1).sum() == 2


def test_every_cell_lies_in_one_part_of_the_city(town):
    walkable = np.flatnonzero(town.walkable)
    sites = np.array([walkable[0], walkable[-1]])
    part = parts(Trial(radius_m=60, buffer_m=150), town, sites, np.array([True, False]))
    for treated, site, own, near in ((True, sites[0], TREATED, NEAR_TREATED), (False, sites[1], CONTROL, NEAR_CONTROL)):
        away = town.grid.distance_m(np.arange(town.grid.cells), site)
        assert part[site] == own, treated
        assert set(part[walkable[away[walkable] <= 60]]) == {own} and set(
            part[walkable[(away[walkable] > 60) & (away[walkable] <= 210)]]
        ) == {near}
    assert (part[town.grid.distance_m(np.arange(town.grid.cells), sites[0]) > 300] != TREATED).all() and (part == REST).any()


def test_offences_are_chosen_by_layer_type_hour_and_guardians():
    table = events(kind=[0, 1, 0, 0, 0], reported=[1, 1, 0, 1, 1], guardians=[0, 0, 0, 2, 0], time=[7 * 3600] * 4 + [18 * 3600])
    assert len(chosen(run(table), "reported", [0])) == 3 and len(chosen(run(table), "happened", [0])) == 4
    assert (
        len(chosen(run(table), "reported", [0], guarded="present")) == 1 and len(chosen(run(table), "reported", [0], guarded="absent")) == 2
    )
    assert len(chosen(run(table), "reported", [0], hours="night")) == 1  # 18 hours after dawn, at 22
    assert len(chosen(run(table), "reported", [0], hours="day")) == 2


def test_the_effect_is_the_ratio_of_changes_with_the_error_that_counts_have():
    log, error = rate_ratio(100, 50, 80, 80)
    assert np.exp(log) == pytest.approx(0.5) and error == pytest.approx(np.sqrt(1 / 100 + 1 / 50 + 1 / 80 + 1 / 80))
    assert np.isfinite(rate_ratio(0, 3, 4, 5)).all()
    rng, hits = np.random.default_rng(1), 0
    for _ in range(1000):
        log, error = rate_ratio(*rng.poisson([200, 160, 200, 200]))
        hits += abs(log - np.log(0.8)) < 1.96 * error
    assert 0.93 < hits / 1000 < 0.97


def test_effects_displacement_and_truth_are_counted_in_their_parts():
    part = np.array([TREATED, CONTROL, NEAR_TREATED, NEAR_CONTROL, REST], dtype=np.int8)

    def lived(during):
        cells = [c for c in range(5) for _ in range(100)] + [c for c, n in enumerate(during) for _ in range(n)]
        return run(events(cell=cells, time=[0] * 500 + [10 * DAY] * (len(cells) - 500)))

    world = SimpleNamespace(untreated=lived([100] * 5), treated=lived([60, 100, 120, 100, 100]), part=part)
    trial = Trial(before=10)
    assert counts(world.treated, trial, part, world.treated.events)[TREATED].tolist() == [100, 60]
    effect = effect_in(world, trial, "reported", [0])
    assert np.exp(effect["effect"]) == pytest.approx(0.6) and np.exp(effect["near"]) == pytest.approx(1.2)
    assert np.exp(effect["true"]) == pytest.approx(60.5 / 100.5) and effect["displacement"] == pytest.approx(-0.5)
    assert over_worlds([1.0, 1.0, np.nan])[:3] == (1.0, 1.0, 1.0)


def test_treatment_pulls_the_levers_at_its_sites_and_nothing_where_it_does_nothing(town):
    world = small_world({}, days=1)
    cells = tuple(np.flatnonzero(town.walkable)[[5, 400]].tolist())
    levers = Levers()
    Treatment(cells=cells).pull(levers, town, world.parameters)
    assert levers == Levers() and Treatment(cells=cells).does_nothing
    done = Treatment(cells=cells, visits=4, cameras=2, lamp=0.9, dimmed=0.2, cleaned=3, radius_m=60)
    done.pull(levers, town, world.parameters)
    squad = levers.squads["treatment"]
    assert squad.strategy == GIVEN and squad.cells == cells and len(levers.cameras) == 4
    near = {cell for site in cells for cell in town.grid.around(site, 60).tolist() if town.walkable[cell]}
    assert levers.lamps.keys() == levers.dimmed.keys() == levers.upkeep.keys() == near
    force = world.parameters.group("force.police")
    hours = 2 * 4 * (force.dwell + legs_m(town, cells, force.spread) * world.parameters["patrol.detour"] / force.speed) / 3600
    assert squad.people == pytest.approx(hours * force.people / (force.hours / 365 * force.fidelity))
    assert legs_m(town, cells, 500.0) == pytest.approx(town.grid.distance_m(*cells)) and legs_m(town, cells[:1], 500.0) == 0
    longer = Treatment(cells=cells, visits=4, minutes=30)
    hours += 2 * 4 * (30 * 60 - force.dwell) / 3600
    assert longer.people(town, world.parameters) == pytest.approx(hours * force.people / (force.hours / 365 * force.fidelity))
    longer.pull(asked := Levers(), town, world.parameters)
    assert make_sites(asked, world, np.zeros(town.grid.cells)).stay_s.tolist() == [1800]
    assert make_sites(levers, world, np.zeros(town.grid.cells)).stay_s.tolist() == [force.dwell]
    done.check_dose(town, world.parameters)
    with pytest.raises(ConfigError, match=r"trial.treatment.visits=0.3: at 2 sites that takes"):
        Treatment(cells=cells, visits=0.3).check_dose(town, world.parameters)
    assert spread(town, cells[0], 100, 3)[0] == cells[0] and len(set(spread(town, cells[0], 100, 3))) == 3


def test_what_may_be_said_beside_what_was_published():
    trial = Trial(low=0.7, high=1.0, published=0.84)
    assert said_of(0.8, 0.75, 0.9, trial) == "inside" and said_of(1.2, 1.1, 1.3, trial) == "outside"
    assert said_of(0.8, 0.6, 1.1, trial) == "mean inside" and said_of(1.05, 0.95, 1.2, trial) == "mean outside"
    assert said_of(0.8, np.nan, np.nan, trial) == "too few worlds to tell"


def test_an_outcome_without_events_is_told_as_the_trials_own_all_the_same():
    part = np.array([TREATED, CONTROL], dtype=np.int8)
    quiet = run(events(cell=[0, 1, 0, 1], time=[0, 0, 10 * DAY, 10 * DAY]))
    world = SimpleNamespace(untreated=quiet, treated=quiet, part=part)
    table = table_of([world, world], Trial(before=10, outcome="theft"))
    assert table.iloc[0]["offences"] == "theft" and table.iloc[0]["treated_before"] == 0
    assert table.iloc[1]["offences"] == "all" and table.iloc[1]["ratio"] == 1 and table.iloc[1]["untreated_ratio"] == 1


def test_every_trial_can_be_read_and_says_where_its_figures_are_from():
    assert {"hot_spot_patrol", "foot_patrol", "station_guards", "cameras_planned", "cameras_alcohol", "lighting_extreme",
            "lighting_moderate", "lighting_cut", "clean_up", "drug_scene", "mobile_guards"} <= set(trials())  # fmt: skip
    for name in trials():
        trial = configs_of(name, ["seeds=1"])[0].trial
        assert trial.title and trial.evidence.startswith("E") and trial.low <= trial.published <= trial.high, name
        assert not trial.treatment.does_nothing, name


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """One small trial of light taken away, lived: (trial, worlds, folder)."""
    folder = tmp_path_factory.mktemp("trial")
    said = [*TOWN, "trial.number=60", "trial.apart_m=60", "trial.treatment.dimmed=0", f"results={folder}"]
    (found,) = live(["lighting_cut"], said, Console(quiet=True))
    return found.trial, found.worlds, found.report, said


def test_both_lives_of_a_world_are_the_same_until_the_trial_begins(lived):
    trial, (world,), _, _ = lived
    before = [run.events[run.events["time"] < trial.before * DAY].reset_index(drop=True) for run in (world.untreated, world.treated)]
    assert len(before[0]) > 20 and before[0].equals(before[1])
    assert not world.untreated.events.equals(world.treated.events)
    lit = [run.maps["lamp"][(world.part == TREATED) & run.maps["walkable"]] for run in (world.untreated, world.treated)]
    assert lit[0].min() > 0.1 and lit[1].max() == 0
    assert np.array_equal(*(run.maps["lamp"][world.part != TREATED] for run in (world.untreated, world.treated)))


def test_a_trial_without_a_treatment_finds_exactly_nothing(lived):
    *_, said = lived
    nothing = [*said[:-2], "trial.treatment.dimmed=1", said[-1]]
    (found,) = live(["lighting_cut"], nothing, Console(quiet=True))
    trial, (world,) = found.trial, found.worlds
    assert world.untreated.events.equals(world.treated.events) and effect_in(world, trial, "reported", [0])["true"] == 0
    assert measures_of(trial, world.sites, world.lot)["treatment"].does_nothing


def test_trials_that_share_worlds_are_what_they_are_alone(lived):
    trial, (alone,), _, said = lived
    of_town = [text for text in said if "dimmed" not in text]
    moderate, cut = live(["lighting_moderate", "lighting_cut"], [*of_town, "trial.treatment.dimmed=0", "seeds=1"], Console(quiet=True))
    assert all(found.worlds[0].untreated.events.equals(alone.untreated.events) for found in (moderate, cut))
    assert cut.worlds[0].treated.events.equals(alone.treated.events)
    lit = [world.treated.maps["lamp"][(alone.part == TREATED) & alone.treated.maps["walkable"]] for world in (alone, moderate.worlds[0])]
    assert lit[0].max() == 0 and lit[1].min() >= 0.9 and not moderate.worlds[0].treated.events.equals(alone.treated.events)


def test_the_command_prints_and_draws_what_was_found(lived, capsys):
    *_, report, said = lived
    assert main(["lighting_cut", *said]) == 0
    printed = capsys.readouterr().out
    assert "lighting_cut" in printed and "E042" in printed
    assert (report / "trial.png").stat().st_size > 10_000
    table = pd.read_csv(report / "outcomes.csv")
    assert {"happened", "reported"} <= set(table["layer"]) and table.iloc[0]["layer"] == "reported"


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["moon"], "trial moon: no such trial; there are cameras_alcohol"),
        (["clean_up", "trial.number=0"], "trial.number=0: out of range"),
        (["clean_up", "trial.sites=moon"], "allowed are hot, places, list"),
        (["clean_up", "trial.treatment.visitz=1"], "no such option"),
        (["clean_up", "trial.treatment.force=army"], "allowed are police"),
        (["clean_up", "trial.outcome=arson", *TOWN], "arson is no type"),
        (["clean_up", "trial.sites=places", "trial.kinds=moon", *TOWN], "trial.kinds=moon: allowed are"),
        (["clean_up", "+trial.treatment.dose=2"], "trial.treatment.dose: no such option"),
        (["clean_up", "trial.number=10,20", *TOWN], "give every option one value"),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_one_line(arguments, says, capsys, tmp_path):
    assert main([*arguments, f"results={tmp_path}"]) == 2
    assert says in capsys.readouterr().err


def test_the_main_job_does_not_live_trials(capsys):
    from experiments.launch import main as job

    assert job(["experiment=trial/clean_up"]) == 2
    assert "python -m experiments.trial" in capsys.readouterr().err
