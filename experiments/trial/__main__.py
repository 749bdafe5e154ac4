"""Virtual field trials beside what their authors found.

`python -m experiments.trial hot_spot_patrol` lives one trial, and without a name all of conf/experiment/trial, in as many worlds as
`seeds` says, and prints the effect as the authors of such a trial would have measured it, how much it swings from trial to trial, the
effect that there truly was, and what was published. Options of the trial are set like any other: `trial.treatment.visits=4`.
"""

import argparse
import sys

import numpy as np
import pandas as pd
from rich.table import Table

from experiments.console import plain
from experiments.launch import answered
from experiments.trial.analysis import delivered, feeling_in, over_worlds, said_of, table_of
from experiments.trial.draw import draw_trial
from experiments.trial.lives import live, trials


def result_of(name, trial, worlds, table, parameters):
    """One row: what the trial found of its own outcome beside what was published."""
    if trial.layer == "feeling":
        mean, low, high, least, most = over_worlds([feeling_in(world, trial) for world in worlds])
        true, untreated, near, nothing = mean, 0.0, np.nan, 0.0
    else:
        own, nothing = table.iloc[0], 1.0
        mean, low, high, least, most = (own[c] for c in ("ratio", "ci_low", "ci_high", "trial_low", "trial_high"))
        true, untreated, near = own["true_ratio"], own["untreated_ratio"], own["buffer_ratio"]
    return {
        "trial": name, "sites": int(np.mean([len(world.sites) for world in worlds])), "worlds": len(worlds),
        "minutes_asked": trial.treatment.visits * trial.treatment.asked_minutes(parameters),
        "minutes": np.mean([delivered(world, trial) for world in worlds]), "found": mean, "ci_low": low, "ci_high": high,
        "trial_low": least, "trial_high": most, "true": true, "untreated": untreated, "buffer": near, "published": trial.published,
        "low": trial.low, "high": trial.high, "says": said_of(mean, low, high, trial),
        "some_effect": bool(low > nothing or high < nothing), "evidence": trial.evidence,
    }  # fmt: skip


def show(results):
    """Print what the trials found."""
    caption = (
        "minutes: of guardians, a site and day, as asked and as delivered; single trials: 5th to 95th percentile; true: against the same "
        "worlds untreated; untreated: what the trial would have found without its treatment"
    )
    title = "Virtual field trials: rate ratios (of feelings: differences in standard deviations)"
    listed = Table(title=title, title_justify="left", caption=caption, caption_justify="left")
    left = ("trial", "", "evidence")
    for name in ("trial", "minutes", "found [95 %]", "single trials", "true", "untreated", "buffer", "published", "range", "",
                 "any effect", "evidence"):  # fmt: skip
        listed.add_column(name, justify="left" if name in left else "right")
    for row in results.to_dict("records"):
        listed.add_row(
            row["trial"], f"{row['minutes_asked']:.0f} / {round(row['minutes'])}",
            f"{row['found']:.2f} [{row['ci_low']:.2f}, {row['ci_high']:.2f}]", f"{row['trial_low']:.2f} – {row['trial_high']:.2f}",
            f"{row['true']:.2f}", f"{row['untreated']:.2f}", f"{row['buffer']:.2f}", f"{row['published']:.2f}",
            f"{row['low']:.2f} – {row['high']:.2f}", row["says"], "yes" if row["some_effect"] else "not shown", row["evidence"],
        )  # fmt: skip
    plain(width=180).print(listed)


def main(arguments=None):
    """Read the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.trial", description=__doc__.split("\n\n")[0])
    parser.add_argument("said", nargs="*", help=f"names of trials ({', '.join(trials())}), and options of the configuration, name=value")
    return answered(run, parser.parse_intermixed_args(arguments), plain(stderr=True))


def run(said, console):
    """Live, analyse and show the trials that are named, or all. Returns the exit status."""
    overrides = [text for text in said.said if "=" in text]
    names = list(dict.fromkeys(text for text in said.said if "=" not in text)) or trials()
    results = []
    for lived in live(names, overrides, console):
        if lived.worlds:
            results.append(tell(lived))
            print(f"{lived.name}: {lived.report}")
        else:
            console.print(f"{lived.name}: no world came to an end; nothing can be said.")
    if results:
        show(pd.DataFrame(results))
    return 0 if len(results) == len(names) else 1


def tell(lived):
    """Analyse and draw one trial; its row of the table."""
    table = table_of(lived.worlds, lived.trial)
    lived.report.mkdir(parents=True, exist_ok=True)
    table.to_csv(lived.report / "outcomes.csv", index=False, lineterminator="\n")
    result = result_of(lived.name, lived.trial, lived.worlds, table, lived.parameters)
    pd.DataFrame([result]).to_csv(lived.report / "trial.csv", index=False, lineterminator="\n")
    draw_trial(lived.trial, lived.worlds, result, table, lived.report)
    return result


if __name__ == "__main__":
    sys.exit(main())
