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
from rich.console import Console

from experiments.decide import doubt, mix, money, sure, where
from experiments.launch import answered
from experiments.report import LANGUAGES
from experiments.study import load_study
from sim.config import CONF
from sim.options import ConfigError

QUESTIONS = {"sure": sure, "money": money, "where": where, "mix": mix, "doubt": doubt}
"""Modules that answer a question, each from saved runs (`answer`) and by living what is missing (`live`)."""
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
    return answered(decide, parser.parse_args(arguments), Console(stderr=True))


def decide(said, console):
    """Answer from a folder that is named, or live what is missing first. Returns the exit status."""
    if said.study not in studies():
        raise ConfigError(f"decide {said.study}: no such study; there are {', '.join(studies())} (conf/experiment/decide/)")
    folders = [Path(text) for text in said.said if "=" not in text and not text.startswith("~")]
    question = QUESTIONS[said.study]
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
    report = folder / "report"
    (report / "figures").mkdir(parents=True, exist_ok=True)
    question.answer(runs, report, {language: words(language) for language in LANGUAGES})
    print(f"Tables and pictures: {report}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
