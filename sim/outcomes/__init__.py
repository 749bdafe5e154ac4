"""Outcomes: computed from the event log and the saved series, never from a living model."""
