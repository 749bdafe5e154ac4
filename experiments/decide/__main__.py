"""Studies that end in a choice.

`python -m experiments.decide sure results/year` says how sure a study that was lived is of what is best. Without a folder it lives worlds,
a few at a time, until that is known as well as the study file asks, or its budget of worlds is spent. Study files stand in
conf/experiment/decide/; their options are set like any other: `decide.budget=40`.
"""

import argparse
import sys
from functools import cache
from pathlib import Path

import yaml

from experiments.console import plain
from experiments.decide import doubt, mix, money, sure, trace, where
from experiments.decide.tell import print_sections, write_page
from experiments.launch import answered
from experiments.plan import tell_plan
from experiments.report import LANGUAGES
from experiments.report import words as report_words
from experiments.report.picture import stamp_of, stamped
from experiments.report.tongue import Tongue
from experiments.study import load_study, missing_runs
from sim.config import CONF
from sim.disk import own_folder
from sim.options import ConfigError

QUESTIONS = {"sure": sure, "money": money, "where": where, "mix": mix, "doubt": doubt, "trace": trace}
"""Modules that answer a question, each from saved runs (`answer`); that live what is missing (`live`); and know how much that is
(`planned`)."""
FOLDER = CONF / "experiment" / "decide"


@cache
def words(language):
    """What presenters read in one language."""
    return yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))[language]


def studies():
    """Names of the study files that there are."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def main(arguments=None):
    """Read the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.decide", description=__doc__.split("\n\n")[0])
    parser.add_argument("study", help=f"what is asked: {', '.join(studies())} (conf/experiment/decide/)")
    parser.add_argument(
        "said", nargs="*", help="a folder of saved runs to ask, results/<study>; or options of the configuration, name=value"
    )
    parser.add_argument("--plan", action="store_true", help="live nothing; say how many runs it takes, how many are there, and how long")
    return answered(decide, parser.parse_intermixed_args(arguments), plain(stderr=True))


def decide(said, console):
    """Answer from a folder that is named, or live what is missing first. Returns the exit status."""
    if said.study not in studies():
        raise ConfigError(f"decide {said.study}: no such study; there are {', '.join(studies())} (conf/experiment/decide/)")
    folders = [Path(text) for text in said.said if "=" not in text and not text.startswith("~")]
    question = QUESTIONS[said.study]
    if said.plan:
        if folders:
            raise ConfigError(f"{folders[0]}: --plan asks about a study that is to be lived; name options only, as seeds=10")
        configs, more = question.planned([f"experiment=decide/{said.study}", *said.said], console)
        tell_plan(configs, console, more)
        return 0
    if not folders:
        folder, runs = question.live([f"experiment=decide/{said.study}", *said.said], console)
    else:
        folder = folders[0]
        runs = load_study(folder) if folder.is_dir() else []
        if not runs or len(folders) > 1 or len(said.said) > 1:
            raise ConfigError(f"{' '.join(said.said)}: name one folder of finished runs, results/<study>, and nothing else")
    if not runs:
        console.print("No run came to an end; nothing can be said.")
        return 1
    report = own_folder(folder / "report")
    own_folder(report / "figures")
    with stamped({language: stamp_of(folder, runs, report_words(language)) for language in LANGUAGES}):
        told = question.answer(runs, report, {language: Tongue(language, words(language)) for language in LANGUAGES})
    print_sections(told["en"])
    pages = [page_of(said.study, runs, report, told[language], language) for language in LANGUAGES]
    missing = missing_runs(folder, runs) if said.study != "doubt" else []
    if missing:
        print(f"{len(missing)} runs are missing, and what they would say with them: {', '.join(missing[:5])}{' …' * (len(missing) > 5)}")
    print(f"Tables and pictures: {report}\nPages: {', '.join(map(str, pages))}")
    return 0


def page_of(question, runs, report, sections, language):
    """Write the page that answers a question in a language; its path."""
    tongue, summary = Tongue(language, words(language)), runs[0].summary
    cities = report_words(language)["cities"]
    about = tongue.say["about"].format(
        city=cities.get(summary["city"]["name"], summary["city"]["name"]), worlds=len({run.summary["seed"] for run in runs}),
        days=summary["days"], first=summary["first_date"], fraction=tongue.short(100 * summary["fraction"]), study=report.parent.name,
        code=summary["versions"][0],
    )  # fmt: skip
    return write_page(report, sections, tongue, tongue.say["questions"][question], about)


if __name__ == "__main__":
    sys.exit(main())
