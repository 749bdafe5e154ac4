"""The city: a square grid in metres, what stands on it, and how one walks across it."""
