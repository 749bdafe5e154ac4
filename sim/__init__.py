"""tryggsim: an agent-based simulation of Malmö that compares measures against crime in matched worlds."""

__version__ = "0.1.0"
