"""Time: ticks, the Swedish calendar, and darkness over the city.

A model day begins at 04:00, so that a night out belongs to the evening on which it began. Seconds and ticks count from
04:00 on the first day of the warm-up; clock hours are local time (the one-hour shifts of daylight saving are ignored).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import numpy as np
from astral import Observer
from astral.sun import elevation

DAY = 86_400
DAWN_HOUR = 4
HOUR = 3_600
WORKDAY, SATURDAY, SUNDAY = range(3)
SUNSET, CIVIL_DUSK = -0.833, -6.0
"""Height of the middle of the sun, in degrees, when it sets, and when civil twilight ends."""
SUN_EVERY = 1800
PAY_DAY_OF_MONTH = 25
"""Most Swedish wages are paid on the 25th, or on the last working day before it."""


@dataclass(frozen=True)
class Clock:
    """`days` days from `start`, in ticks of `tick_s` seconds.

    `day_type` int8 (days,), one of WORKDAY, SATURDAY, SUNDAY; `pay_weekend` bool (days,): Friday to Sunday after wages;
    `dark` float32 (days × ticks a day,): 0 in daylight, 1 after civil dusk, linear in the height of the sun between.
    """

    start: date
    days: int
    tick_s: int
    day_type: np.ndarray
    pay_weekend: np.ndarray
    dark: np.ndarray

    @property
    def ticks_a_day(self):
        return DAY // self.tick_s

    def date(self, day):
        return self.start + timedelta(days=int(day))

    def hour(self, tick):
        """Clock hour 0–23 in which a tick begins."""
        return (DAWN_HOUR + (tick % self.ticks_a_day) * self.tick_s // HOUR) % 24

    def when(self, second):
        """Local date and time of a model second."""
        return datetime.combine(self.start, datetime.min.time()) + timedelta(hours=DAWN_HOUR, seconds=int(second))


def make_clock(start, days, tick_s, latitude, longitude, timezone="Europe/Stockholm"):
    """Build the clock. `tick_s` must divide an hour; latitude and longitude in degrees."""
    dates = [start + timedelta(days=d) for d in range(days + 1)]
    free = holidays.country_holidays("SE", years={d.year for d in dates})
    red = {day for day, name in free.items() if name != "Söndag"}
    eves = {d for d in dates if d.month == 12 and d.day in (24, 31)} | {d for d in dates if _midsummer_eve(d)}
    day_type = np.array([_day_type(d, red | eves) for d in dates[:days]], dtype=np.int8)
    pay_weekend = np.array([_after_pay(d) for d in dates[:days]])
    observer = Observer(latitude, longitude)
    heights = np.concatenate([_heights_of_the_sun(d, observer, ZoneInfo(timezone)) for d in dates])
    seconds = np.arange(days * DAY // tick_s) * tick_s + DAWN_HOUR * HOUR
    height = np.interp(seconds, np.arange(len(heights)) * SUN_EVERY, heights)
    dark = np.clip((SUNSET - height) / (SUNSET - CIVIL_DUSK), 0.0, 1.0).astype(np.float32)
    return Clock(start, days, tick_s, day_type, pay_weekend, dark)


def _midsummer_eve(day):
    return day.month == 6 and 19 <= day.day <= 25 and day.weekday() == 4


def _day_type(day, free):
    if day.weekday() == 6 or day in free:
        return SUNDAY
    return SATURDAY if day.weekday() == 5 else WORKDAY


def _after_pay(day):
    """Friday to Sunday of the first weekend that begins on pay day or within six days after it."""
    if day.weekday() not in (4, 5, 6):
        return False
    friday = day - timedelta(days=day.weekday() - 4)
    week = (friday - timedelta(days=back) for back in range(7))
    return any(_pay_day(candidate) == candidate for candidate in week)


def _pay_day(month):
    day = month.replace(day=PAY_DAY_OF_MONTH)
    return day - timedelta(days=max(0, day.weekday() - 4))


def _heights_of_the_sun(day, observer, zone):
    """Degrees above the horizon, every `SUN_EVERY` seconds of a civil day; so it is known where the sun never sets, too."""
    midnight = datetime.combine(day, time(), tzinfo=zone)
    moments = (midnight + timedelta(seconds=s) for s in range(0, DAY, SUN_EVERY))
    return [elevation(observer, moment, with_refraction=False) for moment in moments]
