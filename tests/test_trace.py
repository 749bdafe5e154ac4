"""How offences are averted: planted worlds in which one way, and one chain, is known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.decide.__main__ import main, words
from experiments.decide.trace import WAYS, followed, lives_of, missing, said
from sim.accomplices import OF_ACCOMPLICE
from sim.outcomes.files import Run
from tests.test_decide import TOWN

DAY, COLS = 86_400, 40
KINDS = {"robbery": {"target": "person", "en": "Robbery", "sv": "Rån"}, "dealing": {"target": "market", "en": "Dealing", "sv": "Handel"}}
SERVICES = {"detention": {"holds": True, "en": "Detention", "sv": "Häkte"}, "court": {"holds": False, "en": "Court", "sv": "Domstol"}}
SUMMARY = {
    "offences": KINDS, "services": SERVICES, "harm": {"robbery": 9.0, "dealing": 1.0}, "first_date": "2018-03-14", "seed": 1,
    "measures": [],
    "zones": {"name": ["Hill", "Dale"], "district": ["North", "South"]},
    "city": {"rows": COLS, "cols": COLS, "cell_m": 50.0, "east": 0.0, "north": 0.0},
}  # fmt: skip
STAY = ["who", "suspect", "key", "kind", "day", "began", "ended", "service"]


def event(offender, day, moment, happened=1, kind=0, cell=0, hour=16, **more):
    usual = {"arrested": 0, "noticed": 0, "footage": 0, "recorded": 1, "guardians": 0, "together": False}
    return {"time": day * DAY + hour * 3600, "offender": offender, "moment": moment, "happened": happened, "kind": kind, "cell": cell} | (
        usual | more
    )


def world(events, stays=(), still=(), scenario="none"):
    maps = {"zone": np.repeat([0, 1], COLS * COLS // 2), "walkable": np.ones(COLS * COLS)}
    tables = [pd.DataFrame([dict(zip(STAY, row, strict=True)) for row in rows], columns=STAY) for rows in (stays, still)]
    return SimpleNamespace(
        events=pd.DataFrame(events), visits=tables[0], open=tables[1].drop(columns="ended"), summary=SUMMARY | {"scenario": scenario},
        maps=maps, config={"scenario": scenario, "measures": {}, "seed": 1},
    )  # fmt: skip


def stay(who, day, key, began, ended, service="detention", suspect=None, kind=0):
    return (who, who if suspect is None else suspect, key, kind, day, began, ended, service)


def test_what_is_missing_in_the_other_world_is_told_by_the_way_it_failed_to_happen():
    """Offender 1 is held from day 2 to before day 5, 2 is turned away, 3 is not there, 4 offends in both worlds, 5 is still held, 6 is held
    for what was done to 3, and 7 was arrested earlier on the day."""
    both = [event(4, 3, 7), event(7, 3, 0, hour=2, arrested=1)]
    alone = [
        event(2, 3, 1),
        event(2, 3, 2),
        event(3, 3, 1),
        event(5, 8, 1),
        event(1, -1, 0),
        event(6, 3, 0),
        event(7, 3, 1),
        event(7, 3, 2, hour=1),
    ]
    base = world([*both, *(event(1, day, 0) for day in (1, 2, 4, 5)), *alone])
    stays = [
        stay(1, 1, 0, 2.0, 5),
        stay(3, 1, 0, 2.0, 5, "court"),
        stay(2, 1, 0, 2.0, 5, suspect=-1),
        stay(3, 1, 0, 2.0, 5, suspect=6, kind=2),
    ]
    still = [stay(5, 1, 0, 7.0, 0), stay(3, 1, 0, np.nan, 0)]
    turned = [event(2, 3, 1, happened=0), event(2, 3, 2, happened=0), event(2, 3, 2)]
    treated = world([*both, event(1, 1, 0), *turned], stays, still)
    found = missing(lives_of(base), lives_of(treated))
    told = {(row.offender, row.day, row.moment): row.way for row in found.itertuples()}
    assert told == {
        (1, 2, 0): "held", (1, 4, 0): "held", (5, 8, 1): "held", (6, 3, 0): "held", (7, 3, 1): "held",
        (2, 3, 1): "turned_away", (3, 3, 1): "otherwise", (1, 5, 0): "otherwise", (7, 3, 2): "otherwise",
    }  # fmt: skip
    assert len(missing(lives_of(base), lives_of(base))) == 0 and len(missing(lives_of(treated), lives_of(base))) == 0


def test_ways_count_what_hits_someone_and_set_averted_against_added():
    base = world([event(1, 2, 0), event(1, 3, 0), event(1, 4, 0, kind=1), event(9, 5, 0, happened=0)])
    treated = world([event(9, 5, 0), event(8, 1, 1)], [stay(1, 1, 0, 2.0, 9)], scenario="guards")
    table = followed([base, treated])[0].set_index("way")
    assert list(table.index) == list(WAYS) and set(table["choice"]) == {"guards"}
    assert table["averted"].tolist() == [2, 0, 0] and table["added"].tolist() == [0, 1, 1] and table["net"].tolist() == [-2, 1, 1]


def test_a_measure_that_shares_no_world_with_the_city_without_is_left_out():
    runs = [world([event(1, 2, 0)]), world([event(1, 3, 0)], scenario="guards"), world([event(1, 3, 0)], scenario="cctv")]
    runs[2].summary = runs[2].summary | {"seed": 2}
    table, chains = followed(runs)
    assert set(table["choice"]) == {"guards"} and set(table["worlds"]) == {1} and set(chains) <= {"guards"}


def chained(how):
    """A world and one with guards, in which offender 1 robs on day 4 a kilometre away, or is held for what happened on day 2."""
    first, later = event(1, 2, 3, cell=5), event(1, 4, 0, cell=25 * COLS + 5)
    seen, held = first | {"arrested": 1, "noticed": 1, "guardians": 1}, stay(1, 2, 3, 3.0, 6)
    if how == "same":
        seen = first
    if how == "police":
        first = first | {"arrested": 1}
        seen = seen | {"footage": 1}
    if how == "accomplice":
        held = stay(1, 2, 3 + OF_ACCOMPLICE, 3.0, 6)
    base = world([later, event(1, 9, 0)] if how == "parted" else [first, later, event(1, 9, 0)])
    return base, world([seen, event(1, 9, 0)], [held], scenario="guards")


def chain(*pairs):
    """The chain that tells best how guards work, of pairs of a world without and with them; None where there is none."""
    runs = []
    for seed, pair in enumerate(pairs):
        for run in pair:
            run.summary = run.summary | {"seed": seed}
            runs.append(run)
    return followed(runs)[1].get("guards")


@pytest.mark.parametrize("how, says", [("caught", "a guardian saw it"), ("parted", "had parted before"), ("police", "more became known")])
def test_the_planted_chain_is_found_and_told_in_both_languages(how, says):
    link = chain(chained(how))
    assert link["km"] == pytest.approx(1.25) and link["stay"]["service"] == "detention"
    assert link["averted"].offender == 1 and (link["before"] is None) == (how == "parted")
    english, swedish = (said(link, "Guards", words(language), language) for language in ("en", "sv"))
    assert english[0].startswith("16 March 2018 at 20:00, Hill, North: Robbery") and says in english[0]
    assert english[1] == "From 17 March 2018 on the offender was out of reach (Detention)."
    assert "18 March 2018 at 20:00, Dale, South, 1.2 km from there" in english[2]
    assert swedish[0].startswith("16 mars 2018 klockan 20:00") and "1,2 km därifrån: Rån" in swedish[2] and "Häkte" in swedish[1]


@pytest.mark.parametrize("how", ["same", "accomplice"])
def test_whoever_is_held_for_what_went_alike_or_for_what_another_did_makes_no_chain(how):
    assert chain(chained(how)) is None


def test_what_happens_without_the_measure_too_is_told_before_what_only_happens_with_it():
    link = chain(chained("parted"), chained("caught"))
    assert link["before"] is not None and link["seed"] == 1


def test_where_nobody_is_held_one_who_sees_guardians_and_turns_away_is_told():
    base = world([event(1, 4, 0), event(2, 4, 0)])
    turned = [event(1, 4, 0, happened=0), event(2, 4, 0, happened=0, guardians=1)]
    link = chain((base, world(turned, scenario="guards")))
    assert link["averted"].offender == 2 and link["way"] == "turned_away"
    assert "sees guardians, and turns away" in said(link, "Guards", words("en"), "en")[0]
    assert chain((base, world(turned[:1], scenario="guards"))) is None  # whom nobody saw, a camera turned away


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A town with many guards, who arrest often, in two worlds."""
    folder = tmp_path_factory.mktemp("trace")
    rough = [f"parameter.offence.{n}.{field}=1" for n in ("vandalism", "bicycle_theft") for field in ("arrestable", "detain")]
    rough += ["parameter.law.on_scene=0.8", "parameter.service.detention.capacity=1000"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.living.compile_kernels", lambda _: None)
        assert main(["trace", *TOWN, *rough, "seeds=2", f"results={folder}"]) == 0
    return folder / "trace"


def test_a_study_tells_ways_that_add_up_and_a_chain_in_pictures(lived, capsys):
    table = pd.read_csv(lived / "report" / "ways.csv")
    runs = [Run(done.parent) for done in sorted(lived.glob("*/DONE"))]
    hit = {}
    for run in runs:
        events = run.events[run.events["time"] >= 0]
        aimed = [k for k, kind in enumerate(run.summary["offences"].values()) if kind["target"] != "market"]
        counted = events[events["happened"].eq(1) & events["kind"].isin(aimed)]
        hit.setdefault(run.config["scenario"], []).append(len(counted))
    for name, part in table.groupby("choice"):
        assert part["net"].sum() == pytest.approx(np.mean(hit[name]) - np.mean(hit["none"]))
    assert table.set_index(["choice", "way"]).loc[("order_guards", "turned_away"), "averted"] > 0
    chains = pd.read_csv(lived / "report" / "chains.csv")
    assert set(chains["language"]) == {"en", "sv"} and "order_guards" in set(chains["choice"])
    for name in ("ways", "trace"):
        assert all((lived / "report" / "figures" / f"{name}.{language}.png").stat().st_size > 10_000 for language in ("en", "sv"))
    assert main(["trace", str(lived)]) == 0
    assert "How offences are averted" in capsys.readouterr().out


def test_offenders_who_are_held_are_those_whom_the_day_counts(lived):
    """Stays in the tables are as many as the daily series says are in custody, and some are."""
    ever = 0
    for done in lived.glob("*/DONE"):
        run = Run(done.parent)
        stays = lives_of(run).stays
        for day in range(run.summary["days"]):
            held = stays[(stays["began"] <= day) & (day < stays["ended"])]["suspect"].nunique()
            assert held == run.daily.set_index("day").loc[day, "in_custody"]
            ever += held
    assert ever > 0
