"""Casework: nobody is lost, no service does more than it can, and queues are as long as theory says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.casework import CASE, ENDS, FAILURE, GIVEN_UP, SUCCESS, WAITS, Casework, Service, ration


def service(name="desk", order="oldest", holds=False, then=ENDS, capacity=3.0, pace=1.0, patience=1e9, stale=1e9, work=1.0, success=1.0):
    by_kind = np.array([work, 2 * work]), np.array([success, success])
    return Service(name, order, holds, False, then, ENDS, ENDS, capacity, pace, patience, stale, *by_kind)


def some(n, day=0, first=0, gravity=None):
    cases = np.zeros(n, dtype=CASE).view(np.recarray)
    cases.who, cases.day, cases.subject = first + np.arange(n), day, first + np.arange(n)
    cases.kind = np.arange(n) % 2
    cases.gravity = np.arange(n) if gravity is None else gravity
    return cases


SERVICES = st.lists(
    st.builds(service, order=st.sampled_from(["oldest", "newest", "gravest"]), capacity=st.floats(0, 20), pace=st.floats(0.5, 5),
              patience=st.floats(0.5, 100), work=st.floats(0.1, 10), success=st.floats(0.01, 1), holds=st.booleans()),
    min_size=1, max_size=3,
)  # fmt: skip


@given(SERVICES, st.lists(st.integers(0, 15), min_size=1, max_size=25), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_every_case_is_somewhere_exactly_once(services, arrivals, seed):
    chain = [replace(s, then=i + 1 if i + 1 < len(services) else ENDS) for i, s in enumerate(services)]
    work, opened = Casework(chain, seed), 0
    for day, n in enumerate(arrivals):
        work.open(some(n, day, first=100 * day), 0, day)
        opened += n
        work.serve(day)
        last = [v for v in np.concatenate(work.visits) if v["result"] != SUCCESS or v["service"] == len(chain) - 1]
        open_now = set(zip(work.cases.who.tolist(), work.cases.day.tolist(), strict=True))
        over = [int(v["who"]) for v in last]
        assert len(open_now) == len(work.cases) and len(over) == len(set(over))
        assert len(open_now) + len(over) == opened and not {who for who, _ in open_now} & set(over)


@given(st.integers(0, 40), st.floats(0, 30), st.floats(0.2, 4), st.sampled_from(["oldest", "newest", "gravest"]), st.integers(0, 1000))
@settings(max_examples=200, deadline=None)
def test_a_day_gives_no_more_than_there_is_and_to_the_first_in_order(n, capacity, pace, order, seed):
    draw = np.random.default_rng(seed)
    cases = some(n, gravity=draw.permutation(n))
    cases.entered, cases.work = draw.integers(0, 9, n), draw.exponential(2.0, n)
    cases.began = np.where(draw.random(n) < 0.3, 1, WAITS)
    kind, there = replace(service(order=order, pace=pace), haste=3.0), draw.random(n) < 0.9
    cases.hastened = draw.random(n) < 0.3
    given_, most = ration(cases, kind, capacity, 1, there), np.minimum(pace * np.where(cases.hastened, 3.0, 1.0), cases.work)
    assert given_.sum() <= capacity + 1e-9 and (given_ <= most + 1e-12).all() and (given_ >= 0).all()
    assert capacity < most[there].sum() or given_ == pytest.approx(np.where(there, most, 0.0))
    assert (given_[~there] == 0).all()
    first = {"oldest": cases.entered, "newest": -cases.entered, "gravest": -cases.gravity}[order]
    waits = (cases.began == WAITS) & there
    for a in np.flatnonzero(waits & (given_ == 0)):
        assert not ((given_ > 0) & waits & (first > first[a])).any()


def test_the_same_case_draws_the_same_whatever_else_is_there():
    alone, beside = Casework([service(capacity=1e9, work=5.0)], 7), Casework([service(capacity=1e9, work=5.0)], 7)
    alone.open(some(1), 0, 0)
    beside.open(some(30, first=500), 0, 0)
    beside.open(some(1), 0, 0)
    assert alone.cases.work[0] == beside.cases.work[-1] and alone.cases.leaves[0] == beside.cases.leaves[-1]


def test_a_queue_is_as_long_as_theory_says():
    """Many servers at a load of 0.9, work exponential: the mean number there by the law of Little (1961) and Erlang's C (1917)."""
    draw, servers, days, rate = np.random.default_rng(3), 10, 6000, 0.9
    work, there = Casework([service(capacity=servers, pace=1.0, work=10.0)], 1), []
    for day in range(days):
        cases = some(draw.poisson(rate), day)
        cases.kind = 0
        work.open(cases, 0, day)
        work.serve(day)
        there.append(len(work.cases))
    load = rate * 10.0
    chance = load**servers / np.prod(np.arange(1.0, servers + 1)) * servers / (servers - load)
    waits = chance / (sum(load**k / np.prod(np.arange(1.0, k + 1)) for k in range(servers)) + chance)
    expected = load + waits * load / (servers - load)
    assert np.mean(there[500:]) == pytest.approx(expected, rel=0.15)


def test_more_capacity_shortens_the_wait_and_fewer_give_up():
    found = []
    for more in (0.0, 2.0):
        work = Casework([service(capacity=3.0, patience=30.0)], 5)
        for day in range(400):
            work.open(some(3, day, first=10 * day), 0, day)
            work.serve(day, [service(capacity=3.0 + more, patience=30.0)])
        visits = np.concatenate(work.visits)
        found.append(((visits["began"] - visits["entered"])[visits["began"] != WAITS].mean(), (visits["result"] == GIVEN_UP).mean()))
    assert found[1][0] < 0.5 * found[0][0] and found[1][1] < 0.5 * found[0][1]


def test_waiting_makes_evidence_stale_and_evidence_counts_in_odds():
    fresh, stale = (Casework([service(capacity=1e9, work=40.0, success=0.5, stale=s)], 2) for s in (1e9, 20.0))
    strong = Casework([service(capacity=1e9, work=40.0, success=0.5)], 2)
    shares = []
    for work, evidence in ((fresh, 0.0), (stale, 0.0), (strong, np.log(3.0))):
        cases = some(4000)
        cases.evidence = evidence
        work.open(cases, 0, 0)
        for day in range(1500):
            work.serve(day)
        result = np.concatenate(work.visits)["result"]
        assert len(result) == 4000 and set(result) <= {SUCCESS, FAILURE}
        shares.append((result == SUCCESS).mean())
    assert shares[0] == pytest.approx(0.5, abs=0.03) and shares[2] == pytest.approx(0.75, abs=0.03) and shares[1] < 0.3


def test_only_those_served_by_a_service_that_holds_are_held():
    work = Casework([service(name="place", holds=True, capacity=2.0, work=50.0), service(name="desk", capacity=2.0, work=50.0)], 1)
    cases = some(4)
    cases.kind = 0
    work.open(cases, 0, 0)
    work.open(some(3, first=50), 1, 0)
    work.serve(0)
    assert work.held().tolist() == [0, 1] and work.waiting().tolist() == [4, 3]
