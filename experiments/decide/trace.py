"""How offences are averted: by what ways, and one of them followed back, in two matched worlds, to what began it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from rich.progress import track

from experiments.chances import NOTHING
from experiments.console import plain
from experiments.decide.draw import draw_trace, draw_ways
from experiments.facts.rows import xy_m
from experiments.launch import check_cities, live_all
from experiments.report.section import Section
from experiments.runs import scenarios, variants
from experiments.study import study_folder
from sim.clock import DAWN_HOUR, DAY
from sim.compose import jobs
from sim.options import ConfigError
from sim.outcomes.measures import hits

WAYS = ("held", "turned_away", "otherwise")
"""How an offence of one of two matched worlds fails to happen in the other: the offender was held, since an earlier day or since an arrest
on the same; came to the moment and was turned away; or was not there, or met nobody, or had no motive."""
SOON = 14
"""Days between what began it and what did not happen up to which a chain is worth telling."""
DATE = "d MMMM y"
"""How dates are written."""
MOMENT = ["offender", "day", "moment"]
"""What a moment of motive is known by in every world."""


def planned(said, _):
    """(all jobs of the options `said`, what is to be said of them)."""
    return jobs(said), ""


def live(said, console):
    """Live the worlds and measures of the options `said`: (folder, runs)."""
    configs = jobs(said)
    check_cities([configs[0]], console)
    runs, _ = live_all(configs, console)
    return study_folder(configs[0]), runs


@dataclass
class Lives:
    """What is asked of a run: `moments`, a row a moment of motive that came to something, `happened` or turned away (with `day` and `hit`,
    whether it hit someone or something); `stays`, a row a stay of an offender (`suspect`) out of reach, days from `began` to before
    `ended`; `arrests`, the time of the first arrest on the spot of an offender on a day, who is then held until dawn."""

    run: object
    moments: pd.DataFrame
    stays: pd.DataFrame
    arrests: pd.Series

    def __post_init__(self):
        self.at = dict(zip(zip(*(self.moments[name] for name in MOMENT), strict=True), range(len(self.moments)), strict=True))

    def moment(self, offender, day, number):
        """A moment, a named tuple; None where it came to nothing."""
        at = self.at.get((offender, day, number))
        return None if at is None else next(self.moments.iloc[[at]].itertuples())


def lives_of(run):
    """`Lives` of a saved run, from the first day of the study on."""
    events = run.events
    events = events.assign(day=events["time"] // DAY, hit=events.index.isin(hits(run).index))
    moments = events[events["time"] >= 0].sort_values("happened", kind="stable").drop_duplicates(MOMENT, keep="last")
    holds = [name for name, service in run.summary["services"].items() if service["holds"]]
    stays = pd.concat([run.visits, run.open.assign(ended=np.inf)])
    stays = stays[stays["suspect"].ge(0) & stays["service"].isin(holds) & stays["began"].notna()]
    arrests = moments[moments["arrested"].eq(1)].groupby(["offender", "day"])["time"].min()
    return Lives(run, moments, stays[["suspect", "who", "day", "key", "kind", "service", "began", "ended"]].reset_index(drop=True), arrests)


def missing(here, there):
    """Offences that happened in one of two matched worlds and not in the other: moments of `here`, with the `way`, one of WAYS, by which
    they did not happen `there`, and the row of `there.stays` that kept them from it, `stay` (−1 for none, or an arrest on that day)."""
    mine = here.moments[here.moments["happened"].eq(1)]
    theirs = there.moments.set_index(MOMENT)["happened"]
    theirs = theirs.reindex(pd.MultiIndex.from_frame(mine[MOMENT])).to_numpy()
    mine = mine[theirs != 1].assign(stay=-1)
    turned = theirs[theirs != 1] == 0
    asked = mine[["offender", "day"]].rename_axis("event").reset_index()
    stays = there.stays[["suspect", "began", "ended"]].rename_axis("stay").reset_index()
    held = asked.merge(stays, left_on="offender", right_on="suspect").query("began <= day < ended").drop_duplicates("event", keep="last")
    mine.loc[held["event"], "stay"] = held["stay"].to_numpy()
    caught = there.arrests.reindex(pd.MultiIndex.from_frame(mine[["offender", "day"]])).to_numpy() < mine["time"].to_numpy()
    return mine.assign(way=np.select([(mine["stay"] >= 0) | caught, turned], WAYS[:2], WAYS[2]))


def followed(runs):
    """(table of ways; {measure: the chain that tells best how it works}, of those that have one) of the first variant, pair by pair of a
    world without and with a measure.

    A row of the table a measure and way: what hit someone or something, a world: `averted` with the measure by that way, `added` (it
    happened only with the measure: the way is that by which it did not without), and the two together, `net`, negative where less happens.
    """
    counts, chains = [], {}
    for name, base, treated in matched(runs):
        parts = {"averted": missing(base, treated), "added": missing(treated, base)}
        for way in WAYS:
            counts.append({"choice": name, "way": way, **{what: ((m["way"] == way) & m["hit"]).sum() for what, m in parts.items()}})
        link = chain(base, treated, parts["averted"])
        if link and (name not in chains or link["rank"] > chains[name]["rank"]):
            chains[name] = link
    counted = pd.DataFrame(counts, columns=["choice", "way", "averted", "added"]).groupby(["choice", "way"], sort=False)
    table = counted.mean().assign(net=lambda t: t["added"] - t["averted"], worlds=counted.size())
    return table.reset_index(), chains


def matched(runs):
    """(measure, Lives without measures, Lives with it) of every world that both were lived in, of the first variant; world by world, so
    that only two are held at a time."""
    by_scenario = scenarios(next(iter(variants(runs).values())))
    for seed, run in track(by_scenario[NOTHING].items(), "following", console=plain(stderr=True)):
        base = lives_of(run)
        for name, worlds in by_scenario.items():
            if name != NOTHING and seed in worlds:
                yield name, base, lives_of(worlds[seed])


def chain(base, treated, averted):
    """The chain of one pair of worlds that tells best how a measure works, a dictionary, or None: the offence, among what it `averted`,
    that did not happen since its offender was held for another, at which something went otherwise with the measure; if there is none, one
    whose offender saw guardians and turned away.

    Preferred are offences for which offenders are held that happened without the measure, too, then such at which a guardian stepped in,
    then what did not happen within SOON days, then the gravest.
    """
    for links in (held_links, turned_links):
        told = list(links(base, treated, averted[averted["hit"]]))
        if told:
            return max(told, key=lambda link: link["rank"])
    return None


def held_links(base, treated, averted):
    """Chains of one pair of worlds whose offender was held for an offence of an earlier day, alone or as the one who was caught."""
    for event in averted[averted["stay"] >= 0].itertuples():
        stay = treated.stays.loc[event.stay]
        begun = treated.moment(stay["who"], stay["day"], stay["key"]) if stay["who"] == event.offender else None
        if begun is None or not begun.happened or begun.kind != stay["kind"]:
            continue
        before = base.moment(event.offender, begun.day, begun.moment)
        before = before if before is not None and before.happened and before.kind == begun.kind else None
        if differs(begun, before):
            yield link_of(base, treated, event, stay, begun, before)


def turned_links(base, treated, averted):
    """Chains of one pair of worlds whose offender saw guardians and turned away."""
    for event in averted[averted["way"] == "turned_away"].itertuples():
        turned = treated.moment(event.offender, event.day, event.moment)
        if turned.guardians > 0:
            yield {"way": "turned_away", "rank": (False, harm_of(base.run, event)), "averted": event} | told_of(base, treated, event)


def differs(begun, before):
    """Whether an offence went otherwise in the other world: it did not happen there, or there nobody was caught or nothing was seen."""
    seen = ("arrested", "noticed", "footage", "recorded")
    return before is None or any(getattr(begun, name) > getattr(before, name) for name in seen)


def link_of(base, treated, event, stay, begun, before):
    """One chain: what began it in both worlds, the stay, what did not happen, the kilometres between them, and how well it tells."""
    east, north = xy_m(base.run, [begun.cell, event.cell])
    stepped_in = stepped_in_only(begun, before) if before is not None else False
    return {
        "way": "held", "rank": (True, before is not None, stepped_in, event.day - begun.day <= SOON, harm_of(base.run, event)),
        "averted": event, "stay": stay, "begun": begun, "before": before,
        "km": float(np.hypot(east[1] - east[0], north[1] - north[0]) / 1e3),
    } | told_of(base, treated, event)  # fmt: skip


def told_of(base, treated, event):
    """What is told of both worlds beside the chain: the moments of its offender alone, since a study may have many worlds."""
    own = [lives.moments[lives.moments["offender"].eq(event.offender)] for lives in (base, treated)]
    return {"seed": base.run.summary["seed"], "run": base.run, "without": own[0], "with": own[1]}


def stepped_in_only(begun, before):
    """Whether a guardian stepped in at an offence with the measure, and nobody without."""
    return begun.noticed > before.noticed and not before.arrested


def harm_of(run, event):
    """What an offence of that kind does to its victim, SEK."""
    return run.summary["harm"][list(run.summary["offences"])[event.kind]]


# In words.


def said(link, title, say, language):
    """The chain as sentences, in the order in which things happened. `title` of the measure."""
    run = link["run"]
    averted = named(run, link["averted"], title, say, language)
    if link["way"] == "turned_away":
        return [say["trace_turned"].format(**averted)]
    began, without = link["begun"], link["before"]
    how = "trace_only" if without is None else "trace_noticed" if stepped_in_only(began, without) else "trace_known"
    held_from = format_date(pd.Timestamp(run.summary["first_date"]) + pd.Timedelta(days=int(link["stay"]["began"])), DATE, language)
    service = run.summary["services"][link["stay"]["service"]][language]
    return [
        say[how].format(**named(run, began, title, say, language)),
        say["trace_held"].format(when=held_from, service=service),
        say["trace_averted"].format(**averted, km=format_decimal(link["km"], "0.0", language)),
    ]


def named(run, event, title, say, language):
    """{placeholder: words} of what happens or not: of which kind, when (by the city's clock) and where; and the measure's `title`."""
    at = pd.Timestamp(run.summary["first_date"]) + pd.Timedelta(hours=DAWN_HOUR, seconds=int(event.time))
    when = say["when"].format(date=format_date(at, DATE, language), time=format_time(at, "HH:mm", locale=language))
    kind = list(run.summary["offences"].values())[event.kind][language]
    return {"measure": title, "kind": kind, "when": when, "place": place(run, event.cell)}


def place(run, cell):
    """Area and district of a cell."""
    zone, zones = int(run.maps["zone"][cell]), run.summary["zones"]
    return ", ".join(filter(None, (zones["name"][zone], zones["district"][zone]))) if zone >= 0 else "–"


# The answer.


def answer(runs, report, tongues):
    """Write and draw by what ways each measure averts offences, and one chain a measure: {language: sections}."""
    table, chains = followed(runs)
    if not len(table):
        raise ConfigError(f"{report.parent}: it takes a world with and without a measure to follow what it averts")
    table.to_csv(report / "ways.csv", index=False, lineterminator="\n")
    best = max(chains, key=lambda name: chains[name]["rank"], default=None)
    rows, told = [], {}
    for language, tongue in tongues.items():
        tongue = tongue.naming(runs, table["choice"].unique())
        say, figures = tongue.say, report / "figures"
        draw_ways(table, tongue.titles, say, figures / f"ways.{language}.png")
        sentences = {name: said(link, tongue.titles[name], say, language) for name, link in chains.items()}
        rows += [(name, language, chains[name]["seed"], chains[name]["way"], " ".join(text)) for name, text in sentences.items()]
        told[language] = [section(table, tongue), Section(say["trace"]["title"], says=[say["trace"]["no_chain"]])]
        if best:
            draw_trace(chains[best], tongue.titles[best], sentences[best], say, language, figures / f"trace.{language}.png")
            others = [f"{tongue.titles[name]}. {' '.join(text)}" for name, text in sentences.items() if name != best]
            told[language][1] = Section(
                say["trace"]["title"], says=[f"{tongue.titles[best]}. {' '.join(sentences[best])}"], pictures=["trace"]
            )
            told[language] += [Section(say["trace"]["others"], says=others)] * bool(others)
    chained = pd.DataFrame(rows, columns=["choice", "language", "world", "way", "chain"])
    chained.to_csv(report / "chains.csv", index=False, lineterminator="\n")
    return told


def section(table, tongue):
    """By what ways measures avert offences, as a table."""
    say, rows = tongue.say["trace"], []
    for name, part in table.groupby("choice", sort=False):
        part = part.set_index("way").loc[list(WAYS)]
        cells = [
            say["cell"].format(net=tongue.number(r.net, 0, True), averted=tongue.number(r.averted, 0), added=tongue.number(r.added, 0))
            for r in part.itertuples()
        ]
        rows.append([tongue.titles[name], *cells, tongue.number(part["net"].sum(), 0, True)])
    columns = [tongue.say["measure"], *(tongue.say["ways"][way] for way in WAYS), say["in_all"]]
    return Section(say["ways_title"], columns, rows, pictures=["ways"], note=say["note"])
