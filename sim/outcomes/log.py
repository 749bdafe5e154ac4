"""The event log: every offence, and every offender who was turned away. The only witness."""

import numpy as np

COLUMNS = {
    "time": np.int32, "kind": np.int8, "happened": np.uint8, "reported": np.uint8, "recorded": np.uint8, "arrested": np.uint8,
    "footage": np.uint8, "noticed": np.uint8, "journey": np.uint8, "cell": np.int32, "origin": np.int32, "offender": np.int32,
    "victim": np.int32, "moment": np.int32, "guardians": np.int16, "response": np.int32,
}  # fmt: skip
"""time: seconds from the first dawn of the warm-up; kind: index of the type; happened 0 for an offender turned away; noticed: a guardian
saw it and stepped in; journey: on which of the pledge's journeys the victim was, 0 for none; cell of the offence; origin: where the
offender was first turned away (the cell itself if nowhere); offender, victim: ids, victim −1 if nobody; moment: number of the moment of
motive in the offender's day; guardians in sight; response: seconds, −1 if nobody came."""

EVENT = np.dtype(list(COLUMNS.items()))


class EventLog:
    """Rows as they happen: a buffer for one tick, kept by day."""

    def __init__(self, room):
        self.buffer = np.zeros(room, dtype=EVENT).view(np.recarray)
        self.today, self.days, self.before = [], [], np.zeros(0, dtype=EVENT)

    def take(self, rows):
        """Keep the first `rows` rows of the buffer."""
        if rows:
            self.today.append(np.asarray(self.buffer)[:rows].copy())

    def close_day(self, names):
        """End the day; its counts by type: happened, reported and recorded, and how many were turned away."""
        day = _joined(self.today)
        self.days.append(day)
        self.today = []
        happened = day["happened"] == 1
        counts = {}
        for layer in ("happened", "reported", "recorded"):
            by_kind = np.bincount(day["kind"][happened & (day[layer] == 1)], minlength=len(names))
            counts |= {f"{layer}_{name}": int(n) for name, n in zip(names, by_kind, strict=True)}
        return counts | {"turned_away": int((~happened).sum())}

    def yesterday(self):
        """The rows of the last whole day (a record array of EVENT)."""
        return (self.days[-1] if self.days else self.before).view(np.recarray)

    def since(self, second):
        """The rows of today and of the last whole day from a `second` on (a record array of EVENT)."""
        rows = _joined([self.yesterday(), *self.today])
        return rows[rows.time >= second]

    def resume(self, yesterday):
        """Go on after a day of which only its rows (EVENT) are known: they are asked for, and not in the log."""
        self.before = np.asarray(yesterday, dtype=EVENT)

    def cells_today(self, basis, market):
        """Cells of the last day's offences that count for hot spots: reported by victims, recorded by anyone, or true.

        `market` bool (kinds,): offences without a victim, which only `recorded` and `true` count.
        """
        day = self.days[-1]
        happened = day["happened"] == 1
        if basis == "reported":
            return day["cell"][happened & (day["reported"] == 1) & ~market[day["kind"]]]
        return day["cell"][happened & (day["recorded"] == 1) if basis == "recorded" else happened]

    def all(self):
        """All rows so far (a record array of EVENT), in order of time."""
        return _joined([*self.days, *self.today])


def _joined(parts):
    return np.concatenate([np.zeros(0, dtype=EVENT), *parts]).view(np.recarray)
