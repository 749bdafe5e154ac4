"""Emulators: what a few runs of the model teach about the runs that nobody has made.

A statistic of a run is taken for a smooth function of the parameters plus the noise between worlds (O'Hagan 2006): a Gaussian process with
a linear trend over those few parameters that matter, chosen by the lasso. How far it can be trusted is measured on runs that it has not
seen (five-fold cross-validation).
"""

import warnings
from dataclasses import dataclass

import numpy as np

from sim.options import ConfigError

MOST_ACTIVE = 8
"""Parameters that one emulator looks at."""
FOLDS = 5
TINY = 1e-12
"""Variance below which there is nothing to predict."""
SKILL = 0.1
"""Part of the variance of runs not seen below which an emulator is not believed, and the mean taken in its place."""


def learners():
    """What scikit-learn brings, slow to import and not always there. Raises `ConfigError` where it is not."""
    try:
        from sklearn import gaussian_process, linear_model, model_selection
    except ImportError:
        raise ConfigError("emulators need scikit-learn; install it with: pip install 'tryggsim[analysis]'") from None
    return gaussian_process, linear_model, model_selection


LEAST_RUNS = 20
"""Runs with a value without which nothing is learned."""


@dataclass
class Emulator:
    """One statistic as a function of parameters. `active` int64 (k,) are the columns of those that matter; `held_out` is the share of the
    variance between runs that it predicts of runs that it has not seen (1 best, 0 or less useless), `error` the standard error of that;
    `noise` the standard deviation between worlds at one point, as far as points were lived by several worlds (0 where none was); `sd` the
    doubt about a mean over worlds: what of the error is not noise, and no less than the process itself says; `left` float64 (n,) what it
    leaves of each run that it has not seen. Where runs not seen are hardly predicted (SKILL), the mean is all that is said, and all that
    is not noise is doubt."""

    active: np.ndarray
    process: object
    held_out: float
    error: float
    noise: float
    sd: float
    left: np.ndarray

    def mean(self, points):
        """float64 (n,): the expected value at `points` float64 (n, parameters), in the units in which it was learned."""
        return self.process.predict(points[:, self.active])


def emulate(points, values):
    """Learn `values` float64 (n,) from `points` float64 (n, parameters), both roughly standardised; rows without a value are left out.
    Raises `TooFewRuns` where less than LEAST_RUNS are left."""
    known = np.isfinite(values)
    points, values = points[known], values[known]
    if len(values) < LEAST_RUNS:
        raise TooFewRuns(f"{len(values)} runs with a value; {LEAST_RUNS} are needed")
    active = active_in(points, values)
    process = fitted(points[:, active], values)
    left, noise, variance = out_of_sample(points, values), noise_of(points, values), float(np.var(values))
    error = float(np.sqrt(np.mean(left**2)))
    held_out = 1.0 - error**2 / variance if variance > TINY else 0.0
    if held_out < SKILL:
        flat, sd = Flat(float(values.mean())), float(np.sqrt(max(variance - noise**2, 0.0)))
        return Emulator(active, flat, held_out, error, noise, sd, values - flat.value)
    own = process.predict(points[:, active], return_std=True)[1] ** 2 - process.kernel_.k2.noise_level * values.var()
    sd = float(np.sqrt(max(error**2 - noise**2, own.mean(), 0.0)))
    return Emulator(active, process, held_out, error, noise, sd, left)


@dataclass
class Flat:
    """What takes the place of a process that predicts nothing of runs not seen: their `value` in the mean, wherever."""

    value: float

    def predict(self, points):
        return np.full(len(points), self.value)


class TooFewRuns(ValueError):
    """Too few runs to learn from."""


def noise_of(points, values):
    """Standard deviation of values at one point, pooled over the points that several worlds have lived; 0 where none was."""
    _, place, count = np.unique(points, axis=0, return_inverse=True, return_counts=True)
    place = place.reshape(-1)
    mean = np.bincount(place, weights=values) / count
    freedom = len(values) - len(count)
    return float(np.sqrt(((values - mean[place]) ** 2).sum() / freedom)) if freedom else 0.0


def active_in(points, values):
    """Columns of the parameters that matter most, by the lasso with a penalty chosen by cross-validation; one at least."""
    _, linear_model, _ = learners()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of paths that have not quite converged
        weight = np.abs(linear_model.LassoCV(cv=FOLDS, random_state=0).fit(points, values).coef_)
    ranked = np.argsort(-weight, kind="stable")
    return np.sort(ranked[: max(1, min(MOST_ACTIVE, int((weight > 0).sum())))])


def fitted(points, values):
    """A Gaussian process with a linear trend over the active `points`, learned in units of the spread of the `values`."""
    gaussian_process, _, _ = learners()
    kernels = gaussian_process.kernels
    bends = kernels.ConstantKernel(0.1, (1e-4, 10)) * kernels.RBF(3.0, (1.0, 30.0))
    runs_straight = kernels.ConstantKernel(1.0, (1e-3, 1e3)) * kernels.DotProduct(1.0, (1e-2, 1e2))
    process = gaussian_process.GaussianProcessRegressor(runs_straight + bends + kernels.WhiteKernel(0.5, (1e-3, 2)), normalize_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numbers at the end of their bounds, which says only that they do not matter
        return process.fit(points, values)


def out_of_sample(points, values):
    """float64 (n,): value less prediction for every run, each predicted from the other folds, in which the parameters that matter are
    chosen anew; runs at one point are in one fold."""
    _, _, model_selection = learners()
    left = np.empty(len(values))
    _, place = np.unique(points, axis=0, return_inverse=True)
    for kept, held in model_selection.GroupKFold(FOLDS, shuffle=True, random_state=0).split(points, groups=place.reshape(-1)):
        active = active_in(points[kept], values[kept])
        left[held] = values[held] - fitted(points[kept][:, active], values[kept]).predict(points[held][:, active])
    return left
