"""Studies made with the model: matched worlds, comparison, report, calibration, benchmark."""
