"""Effects over matched worlds: means, intervals, what could have been seen, and how much may be claimed."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import bootstrap, t

from sim.outcomes.measures import HIGHER, LOWER

LEVEL, POWER, MANY, QUANTILES = 0.95, 0.8, 30, 199
"""Level of the intervals, power behind the smallest resolvable effect, worlds from which the bootstrap is used, and points at which a
distribution is looked at."""
ENDS = (0.5 - LEVEL / 2, 0.5 + LEVEL / 2)
BETTER, WORSE, EQUIVALENT, DIFFERENT = "better", "worse", "equivalent", "different"
TOO_SMALL, TOO_SHORT, TOO_FEW = "too small a study to tell", "too short a horizon to tell", "too few events to tell"
UNVALUED = "harm without a price"
"""What is said of a measure's harm averted where nobody has put a weight on the harm that it is meant to prevent: not
that it averts none."""


@dataclass(frozen=True)
class Effect:
    """A paired difference over worlds: mean, interval, smallest resolvable effect, and the gain in variance from matching."""

    mean: float
    low: float
    high: float
    mde: float
    gain: float


def paired_effect(treated, control):
    """Effect of `treated` over `control`, float arrays (worlds,) of the same worlds in the same order.

    t interval (Student 1908) over the differences; from 30 worlds on a bias-corrected bootstrap (Efron 1987). One world has no
    interval. `mde` is the true effect that a study of this size finds with a power of 0.8. `gain` is by how much more worlds
    an unmatched comparison would need. Worlds that all differ alike say nothing of either.
    """
    d = np.asarray(treated, float) - np.asarray(control, float)
    n = len(d)
    if n < 2:
        return Effect(float(d.mean()) if n else np.nan, np.nan, np.nan, np.nan, np.nan)
    error = d.std(ddof=1) / np.sqrt(n)
    reach = t.ppf(0.5 + LEVEL / 2, n - 1) * error
    low, high = d.mean() - reach, d.mean() + reach
    if n >= MANY and error > 0:
        found = bootstrap((d,), np.mean, confidence_level=LEVEL, n_resamples=4999, rng=np.random.default_rng(0))
        low, high = found.confidence_interval
    apart = np.var(treated, ddof=1) + np.var(control, ddof=1)
    mde = (t.ppf(0.5 + LEVEL / 2, n - 1) + t.ppf(POWER, n - 1)) * error if error > 0 else np.nan
    gain = apart / d.var(ddof=1) if error > 0 else np.nan
    return Effect(float(d.mean()), float(low), float(high), float(mde), float(gain))


@dataclass(frozen=True)
class Limits:
    """What a study can judge: its `days`, the days that its measure needs (`horizon`), and the house's `rules`, the registry's group
    `compare`: the days that an outcome needs (brief, or long where it is slow), the margin within which effects are equivalent in per
    cent of the baseline, and the events below which nothing is claimed."""

    days: int
    horizon: int
    rules: dict

    def too_short(self, outcome):
        needs = self.rules["long" if outcome.slow else "brief"]
        return self.days < (needs if outcome.at_once else max(needs, self.horizon))

    def negligible(self, effect, baseline):
        largest = max(abs(effect.low), abs(effect.high))
        return effect.low == effect.high == 0.0 or largest <= self.rules["margin_pct"] / 100.0 * abs(baseline)


def verdict(effect, outcome, baseline, events, limits):
    """What may be said of an effect (DESIGN law 11): `baseline` mean without the measure, `events` behind it in a study."""
    if limits.too_short(outcome):
        return TOO_SHORT
    if outcome.counts and events < limits.rules["least_events"]:
        return TOO_FEW
    if not np.isfinite(effect.low):
        return TOO_SMALL
    if limits.negligible(effect, baseline):
        return EQUIVALENT
    if effect.low > 0 or effect.high < 0:
        if outcome.better not in (LOWER, HIGHER):
            return DIFFERENT
        return BETTER if (effect.mean > 0) == (outcome.better == HIGHER) else WORSE
    return TOO_SMALL


def jackknife(of, n):
    """(value, low, high): `of(kept)` of all `n` worlds, numbers int64 (worlds,), with the jackknife t interval over them (Tukey 1958); NaN
    ends for one world, or where there is no value."""
    everyone = np.arange(n)
    whole = of(everyone)
    if n < 2 or not np.isfinite(whole):
        return whole, np.nan, np.nan
    pseudo = n * whole - (n - 1) * np.array([of(np.delete(everyone, i)) for i in range(n)])
    reach = t.ppf(0.5 + LEVEL / 2, n - 1) * pseudo.std(ddof=1) / np.sqrt(n)
    return whole, float(pseudo.mean() - reach), float(pseudo.mean() + reach)


def spread(values):
    """(low, high) of the mean over worlds of `values` float64 (worlds, draws): between worlds (a t distribution about each draw's mean) and
    between draws of what is uncertain, all equally likely. NaN for one world, or where a value is missing."""
    n = len(values)
    if n < 2 or not np.isfinite(values).all():
        return np.nan, np.nan
    error = values.std(axis=0, ddof=1) / np.sqrt(n)
    at = t.ppf((np.arange(QUANTILES) + 0.5) / QUANTILES, n - 1)
    return tuple(np.quantile(values.mean(axis=0) + at[:, None] * error, ENDS))
