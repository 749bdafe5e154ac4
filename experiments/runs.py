"""Runs of a study, grouped: by everything but the measures, and by measures and worlds."""

import json

import pandas as pd


def variants(runs):
    """Runs grouped by everything but measures, scenario and seed: {description: runs}. One group has the description ''."""
    keys = {}
    for run in runs:
        rest = {k: v for k, v in run.config.items() if k not in ("scenario", "seed", "measures")}
        keys.setdefault(json.dumps(rest), []).append(run)
    if len(keys) == 1:
        return {"": runs}
    flat = [pd.json_normalize(json.loads(key)).iloc[0].to_dict() for key in keys]
    names = [n for n in dict.fromkeys(n for f in flat for n in f) if len({str(f.get(n)) for f in flat}) > 1]
    return {", ".join(setting(n, f) for n in names): group for f, group in zip(flat, keys.values(), strict=True)}


def setting(name, flat):
    """An option as a user writes it; a parameter that only other variants override has the registry's own value."""
    return f"{name.replace('parameters.', 'parameter.', 1)}={flat.get(name, 'as in the registry')}"


def scenarios(runs):
    """Runs of one variant by measure: {label: {seed: run}}, `none` first. Options that differ become part of the label."""
    options = {}
    for run in runs:
        options.setdefault(run.config["scenario"], {}).setdefault(json.dumps(run.config["measures"]), []).append(run)
    found = {}
    for name, versions in options.items():
        flat = [pd.json_normalize(json.loads(v)).iloc[0].to_dict() if json.loads(v) else {} for v in versions]
        differ = [n for n in dict.fromkeys(n for f in flat for n in f) if len({str(f.get(n)) for f in flat}) > 1]
        for f, group in zip(flat, versions.values(), strict=True):
            said = ", ".join(f"{n.split('.', 1)[-1]}={f.get(n)}" for n in differ)
            found[f"{name} ({said})" if said else name] = {run.summary["seed"]: run for run in group}
    return {"none": found.pop("none", {})} | dict(sorted(found.items()))
