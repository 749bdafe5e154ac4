"""The description of the model is as the model is."""

import numpy as np

from experiments import protocol
from experiments.protocol.__main__ import DOCS, main, written
from sim.config import REGISTRY
from sim.model import PHASES
from sim.parameters import read_registry


def test_what_is_written_is_up_to_date(capsys):
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_every_number_variable_and_phase_is_told():
    texts = written()
    assert all(f"| `{row.name}` |" in texts["parameters.md"] for row in read_registry(REGISTRY))
    for entity in protocol.entities():
        assert all(f"| `{name}` |" in texts["odd.md"] for name, _ in entity.variables) and len(entity.says) > 40
    assert all(f"| `{name}` | {says} |" in texts["odd.md"] and says for name, says in protocol.schedule(PHASES))


def test_a_stale_file_is_named(monkeypatch, tmp_path, capsys):
    for name, text in written().items():
        (tmp_path / name).write_text(text if name != "facts.md" else "old", encoding="utf-8")
    monkeypatch.setattr("experiments.protocol.__main__.DOCS", tmp_path)
    assert main(["--check"]) == 1 and capsys.readouterr().err.startswith("docs/facts.md is out of date")
    assert main([]) == 0 and main(["--check"]) == 0 and tmp_path != DOCS


def test_the_types_of_variables_are_those_of_numpy():
    dtype = np.dtype([("a", "i4"), ("b", "f8", 2)])
    assert protocol.variables_of(dtype) == (("a", "int32"), ("b", "float64 × 2"))
