"""Statistics of people: who offends and with whom, who is hit, and how often again."""

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from experiments.facts.crime import hurt_in
from experiments.facts.rows import YEAR, mean_over, offences, share_over, suspected

OLDEST = 127


def suspects(run):
    """Everybody whom a prosecutor has decided about, once each, with age and sex."""
    return suspected(run).drop_duplicates("who")


def suspects_men(runs, _):
    """% men among suspects."""
    return share_over(runs, lambda run: ((suspects(run)["woman"] == 0).sum(), len(suspects(run))))


def suspects_women(runs, *kinds):
    """% women among those suspected of some kinds of offence."""

    def shares(run):
        names = list(run.summary["offences"])
        rows = suspected(run)
        rows = rows[rows["kind"].isin([names.index(kind) for kind in kinds])].drop_duplicates("who")
        return rows["woman"].sum(), len(rows)

    return share_over(runs, shares)


def suspects_aged(runs, youngest, oldest):
    """% of an age among suspects of 15 years or more."""

    def shares(run):
        age = suspects(run)["age"]
        return age.between(int(youngest), int(oldest)).sum(), (age >= 15).sum()

    return share_over(runs, shares)


def suspects_index(runs, youngest, oldest):
    """Suspects per resident of an age, for 100 at the age of 15: the nation's years of birth are about alike in size, a city's are not."""
    ages = np.sum([np.bincount(suspects(run)["age"], minlength=OLDEST + 1)[: OLDEST + 1] for run in runs], axis=0)
    living = np.sum([[of_age(run, age, age) for age in range(OLDEST + 1)] for run in runs], axis=0)
    among = slice(int(youngest), int(oldest) + 1)
    return 100.0 * float(ages[among].sum() / living[among].sum() / (ages[15] / living[15])) if ages[15] else np.nan


def suspicions_a_suspect(runs, _):
    """Suspicions on which prosecutors have decided, for each suspect."""
    return sum(len(suspected(run)) for run in runs) / max(sum(len(suspects(run)) for run in runs), 1)


def share_together(runs, layer, kind):
    """% of the offences of a kind at which the offender had someone along; of what hits someone or something, where the kind is "all"."""

    def shares(run):
        market = [k for k, rule in run.summary["offences"].items() if rule["target"] == "market"]
        kinds = [k for k in run.summary["offences"] if k not in market] if kind == "all" else [kind]
        rows = offences(run, layer, *kinds)
        return rows["together"].sum(), len(rows)

    return share_over(runs, shares)


def victims(run, layer, kind):
    """Offences of a kind with a victim whose age is known."""
    rows = offences(run, layer, kind)
    return rows[rows["victim"] >= 0]


def victims_aged(runs, layer, kind, youngest, oldest, from_age="0", to_age=str(OLDEST)):
    """% of an age among the victims, as often as they were hit, from one age to another."""

    def shares(run):
        age = victims(run, layer, kind)["victim_age"]
        age = age[age.between(int(from_age), int(to_age))]
        return age.between(int(youngest), int(oldest)).sum(), len(age)

    return share_over(runs, shares)


def victims_men(runs, layer, kind, youngest):
    """% men among the victims from an age on."""

    def shares(run):
        rows = victims(run, layer, kind)
        rows = rows[rows["victim_age"] >= int(youngest)]
        return rows["victim_woman"].eq(0).sum(), len(rows)

    return share_over(runs, shares)


def victims_again(runs, layer, *kinds):
    """% of those who were hit by some kinds of offence or courses in the year that were hit twice or more."""

    def shares(run):
        times = every_hit(run, layer, kinds)["who"].value_counts()
        return (times > 1).sum(), len(times)

    return share_over(runs, shares)


def times_a_victim(runs, layer, kind):
    """Offences of a kind for each one who was hit."""
    return sum(len(victims(run, layer, kind)) for run in runs) / max(sum(victims(run, layer, kind)["victim"].nunique() for run in runs), 1)


# Asked in a survey.


def of_age(run, youngest, oldest, sexes=("men", "women")):
    """Residents from one age to another."""
    return sum(sum(run.summary["residents_by_age"][sex][int(youngest) : int(oldest) + 1]) for sex in sexes)


def every_hit(run, layer, kinds):
    """Everybody who was hit by one of the kinds of offence, in a layer, or courses, as often as they were: who, age, and of which sex."""
    courses = [kind for kind in kinds if kind in run.summary["courses"]]
    street = offences(run, layer, *[kind for kind in kinds if kind not in courses])
    street = street[street["victim"] >= 0][["victim", "victim_age", "victim_woman"]].set_axis(["who", "age", "woman"], axis=1)
    lives = hurt_in(run, courses)[["who", "age", "woman"]]
    return pd.concat([street, lives]) if len(lives) else street


def hit_once(run, kinds, youngest=0, oldest=OLDEST):
    """Everybody from one age to another who was hit by one of the kinds of offence or courses at least once."""
    hit = every_hit(run, "happened", kinds)
    return hit[hit["age"].between(int(youngest), int(oldest))].drop_duplicates("who")


def hit(runs, *of):
    """% of residents of an age (the last two words) who were hit by some kinds of offence in the year."""
    *kinds, youngest, oldest = of
    return share_over(runs, lambda run: (len(hit_once(run, kinds, youngest, oldest)), of_age(run, youngest, oldest)))


def hit_women(runs, *of):
    """% of women of an age who were hit."""
    *kinds, youngest, oldest = of
    return share_over(runs, lambda run: (hit_once(run, kinds, youngest, oldest)["woman"].sum(), of_age(run, youngest, oldest, ("women",))))


def men_to_women(runs, *of):
    """Share of men of an age who were hit, over that of women."""
    *kinds, youngest, oldest = of
    men = share_over(
        runs, lambda run: (hit_once(run, kinds, youngest, oldest)["woman"].eq(0).sum(), of_age(run, youngest, oldest, ("men",)))
    )
    return men / hit_women(runs, *of) if hit_women(runs, *of) else np.nan


def not_a_victim(runs, youngest, oldest):
    """% of residents of an age who were hit by nothing at all in the year, on the street, at home, or by whom they live with."""

    def shares(run):
        whole = of_age(run, youngest, oldest)
        return whole - len(hit_once(run, [*run.summary["offences"], *run.summary["courses"]], youngest, oldest)), whole

    return share_over(runs, shares)


def homes_hit(runs, kind):
    """% of homes that were hit by a kind of offence in the year, each victim taken for a home."""
    return share_over(runs, lambda run: (victims(run, "happened", kind)["victim"].nunique(), run.summary["homes"]))


def safe_late(runs, _):
    """% of residents who feel safe alone outdoors late, mean over the days."""
    return mean_over(runs, lambda run: 100.0 * _studied(run)["safe_share"].mean())


def unsafe_women_to_men(runs, level):
    """Share of women who do not feel safe late, over that of men, if it were asked so that `level` % of both did not: the model's question
    is answered by a normal latent feeling (a probit), and a question that is harder to deny moves all answers alike. NaN where all of one
    sex, or none, feel safe."""

    def ratio(run):
        safe = _studied(run)[["safe_women", "safe_men"]].mean()
        if not ((safe > 0.0) & (safe < 1.0)).all():
            return np.nan
        feels = norm.ppf(safe)
        moved = brentq(lambda shift: norm.sf(feels + shift).mean() - float(level) / 100.0, -8.0, 8.0)
        women, men = norm.sf(feels + moved)
        return women / men

    return mean_over(runs, ratio)


def gave_up(runs, _):
    """% of residents who gave up an outing at least once in the year; NaN for studies of less than a year."""
    return mean_over(runs, lambda run: 100.0 * run.summary["gave_up_share"] if run.summary["days"] >= YEAR else np.nan)


def _studied(run):
    return run.daily[run.daily["day"] >= 0]
