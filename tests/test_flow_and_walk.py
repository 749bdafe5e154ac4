"""Ways across the city: flow fields against Dijkstra, paths against what a path must be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from sim.city import kept, town
from sim.city.city import build_city
from sim.city.grid import Grid
from sim.config import REGISTRY
from sim.kernels import flow, line, walk
from sim.parameters import Parameters, read_registry
from tests.conftest import entrance, small_city

SIDE = 14


def random_ground(seed, closed=0.25):
    """A grid with random walls: (grid, walkable, exits, cost)."""
    draw = np.random.default_rng(seed)
    grid = Grid(SIDE + 2, SIDE + 2, 50.0, 0.0, 0.0)
    row, col = np.divmod(np.arange(grid.cells), grid.cols)
    inside = (row > 0) & (row <= SIDE) & (col > 0) & (col <= SIDE)
    walkable = inside & (draw.random(grid.cells) > closed)
    exits = np.zeros(grid.cells, dtype=np.uint8)
    flow.open_exits(walkable.astype(np.uint8), grid.steps, exits)
    return grid, walkable, exits, draw.integers(5, 25, grid.cells).astype(np.uint8)


def plain_steps(grid, walkable):
    """All allowed steps (from, to, diagonal) in plain Python."""
    for cell in np.flatnonzero(walkable):
        r, c = divmod(int(cell), grid.cols)
        for dr in (-1, 0, 1):
            for dc in (-1, 0, 1):
                to = (r + dr) * grid.cols + c + dc
                if (dr or dc) and walkable[to]:
                    if dr and dc and not (walkable[r * grid.cols + c + dc] and walkable[(r + dr) * grid.cols + c]):
                        continue
                    yield int(cell), to, bool(dr and dc)


@pytest.mark.parametrize("seed", range(6))
def test_exits_agree_with_plain_python(seed):
    grid, walkable, exits, _ = random_ground(seed)
    found = {(cell, cell + int(grid.steps[d])) for cell in np.flatnonzero(exits) for d in range(8) if exits[cell] >> d & 1}
    assert found == {(a, b) for a, b, _ in plain_steps(grid, walkable)}


@pytest.mark.parametrize("seed", range(6))
def test_fields_agree_with_dijkstra(seed):
    grid, walkable, exits, cost = random_ground(seed)
    a, b, diagonal = zip(*plain_steps(grid, walkable), strict=True)
    a, b = np.array(a), np.array(b)
    length = np.where(diagonal, 7, 5) * (cost[a].astype(int) + cost[b])
    graph = coo_matrix((length, (a, b)), shape=(grid.cells, grid.cells)).tocsr()
    anchor = int(np.flatnonzero(walkable)[seed])
    distance = np.empty(grid.cells, dtype=np.int32)
    flow.field(exits, cost, grid.steps, anchor, distance, np.empty(grid.cells, np.int32), np.empty(grid.cells, np.uint8))
    expected = dijkstra(graph, indices=anchor)
    reached = np.isfinite(expected) & walkable
    assert np.array_equal(distance[reached], expected[reached].astype(int))
    assert (distance[~reached] == flow.FAR).all()
    turn = np.empty(grid.cells, dtype=np.int32)
    order, inverse = np.argsort(distance, kind="stable"), -(-(1 << line.SHIFT) // grid.cols)
    flow.turning_points(exits, cost, grid.steps, grid.cols, inverse, distance, order, 6, turn)
    assert (turn[~reached] == -1).all() and turn[anchor] == -1
    path = np.empty(6, dtype=np.int32)
    for cell in np.flatnonzero(reached & (np.arange(grid.cells) != anchor)):
        gaps = np.subtract(divmod(int(turn[cell]), grid.cols), divmod(int(cell), grid.cols))
        assert 1 <= np.abs(gaps).max() <= 6 and distance[turn[cell]] < distance[cell]
        steps = entrance(line.straight)(exits, grid.steps, int(cell), int(gaps[0]), int(gaps[1]), np.uint64(0), path, 0)
        assert path[steps - 1] == turn[cell]


def test_rows_and_columns_by_multiplication_are_exact():
    for cols in (3, 7, 242, 337, 1002, 3001):
        inverse = -(-(1 << line.SHIFT) // cols)
        cells = np.unique(
            np.concatenate([np.arange(3 * cols), np.arange(-2, 3) + cols * np.arange(1, cols)[:, None].ravel()[:, None]], axis=None)
        )
        for cell in cells[:: max(1, len(cells) // 500)].tolist():
            assert line.row_and_col(cols, inverse, cell) == divmod(cell, cols)


@pytest.mark.parametrize("seed", range(6))
def test_components_agree_with_scipy(seed):
    grid, walkable, exits, _ = random_ground(seed, closed=0.45)
    label = np.empty(grid.cells, dtype=np.int32)
    number = flow.components(exits, grid.steps, label)
    a, b, _ = zip(*plain_steps(grid, walkable), strict=True)
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(grid.cells, grid.cells))
    _, expected = connected_components(graph, directed=False)
    moving = exits > 0
    pairs = set(zip(label[moving].tolist(), expected[moving].tolist(), strict=True))
    assert number == len(pairs) == len({p[0] for p in pairs}) == len({p[1] for p in pairs})


def is_path(ground, path):
    """Whether every step of a path is an open exit."""
    steps = {int(s): d for d, s in enumerate(ground.steps)}
    return all(int(b - a) in steps and ground.exits[a] >> steps[int(b - a)] & 1 for a, b in zip(path[:-1], path[1:], strict=True))


CITY = small_city(side=40, anchors=16, river=True)
WALKABLE = np.flatnonzero(CITY.walkable)
anywhere = st.integers(0, len(WALKABLE) - 1)


@settings(max_examples=300, deadline=None)
@given(anywhere, anywhere, st.integers(0, 2**63))
def test_every_way_is_a_path_from_here_to_there(a, b, key):
    origin, target = WALKABLE[a], WALKABLE[b]
    path = np.empty(4096, dtype=np.int32)
    n = walk.way(CITY.ground, origin, target, np.uint64(key), path)
    assert n > 0 and path[0] == origin and path[n - 1] == target
    assert is_path(CITY.ground, path[:n])
    again = np.empty(4096, dtype=np.int32)
    assert walk.way(CITY.ground, origin, target, np.uint64(key), again) == n
    assert np.array_equal(path[:n], again[:n])


def plain_straight(ground, origin, target):
    """Steps of a straight way: (diagonal, level)."""
    rows, cols = (abs(int(x)) for x in np.subtract(divmod(int(target), int(ground.cols)), divmod(int(origin), int(ground.cols))))
    return min(rows, cols), max(rows, cols) - min(rows, cols)


@settings(max_examples=100, deadline=None)
@given(anywhere, anywhere, st.integers(0, 2**63))
def test_a_straight_way_takes_the_fewest_steps(a, b, key):
    origin, target = WALKABLE[a], WALKABLE[b]
    path = np.empty(4096, dtype=np.int32)
    path[0] = origin
    ground = CITY.ground
    gaps = np.subtract(divmod(int(target), int(ground.cols)), divmod(int(origin), int(ground.cols)))
    n = entrance(line.straight)(ground.exits, ground.steps, origin, int(gaps[0]), int(gaps[1]), np.uint64(key), path, 1)
    if n != line.NO_WAY:
        assert n - 1 == sum(plain_straight(CITY.ground, origin, target))
        assert path[n - 1] == target and is_path(CITY.ground, path[:n])


def test_ways_are_hardly_longer_than_the_cheapest():
    """The grid distance of the cheapest way, against what is walked, over many pairs."""
    draw = np.random.default_rng(1)
    flat = np.ones(CITY.grid.cells, dtype=np.uint8)
    longer = []
    for origin, target in draw.choice(WALKABLE, (200, 2)):
        distance = np.empty(CITY.grid.cells, dtype=np.int32)
        flow.field(
            CITY.ground.exits, flat, CITY.ground.steps, target, distance, np.empty(len(flat), np.int32), np.empty(len(flat), np.uint8)
        )
        path = np.empty(4096, dtype=np.int32)
        n = walk.way(CITY.ground, origin, target, np.uint64(draw.integers(2**62)), path)
        steps = np.abs(np.diff(path[:n]))
        walked = np.where((steps == 1) | (steps == CITY.grid.cols), 10, 14).sum()
        if distance[origin] > 0:
            longer.append(walked / distance[origin])
    assert min(longer) >= 1.0
    assert np.median(longer) < 1.1 and np.mean(longer) < 1.2


def test_ties_are_broken_by_the_key_so_that_there_are_no_trails():
    origin, target = (int(CITY.grid.cell_of(*at)) for at in ((300, 1300), (1000, 1800)))
    seen = set()
    for key in range(200):
        path = np.empty(4096, dtype=np.int32)
        n = walk.way(CITY.ground, origin, target, np.uint64(walk.mix(np.uint64(key))), path)
        seen |= set(path[1 : n - 1].tolist())
    assert len(seen) > 40


def test_pace_gives_every_cell_its_share_of_the_way():
    ground = CITY.ground
    path = np.empty(64, dtype=np.int32)
    n = walk.way(ground, int(CITY.grid.cell_of(300, 1300)), int(CITY.grid.cell_of(900, 1500)), np.uint64(5), path)
    enter = np.empty(64, dtype=np.int32)
    end = walk.pace(ground, path, 0, n, 1.25, 100, enter)
    steps = np.abs(np.diff(path[:n]))
    metres = np.where((steps == 1) | (steps == ground.cols), 1.0, 2**0.5) * ground.cell_m
    assert abs((end - 100) - metres.sum() / 1.25 * 10) <= 1
    assert (np.diff(enter[:n]) > 0).all() and enter[0] == 100 and end > enter[n - 1]
    expected = 100 + (np.concatenate([[0], np.cumsum(metres)[:-1]]) + metres / 2) / 1.25 * 10
    assert np.abs(enter[1:n] - expected).max() <= 1


def test_a_path_without_room_and_an_island_are_said_and_nothing_is_overwritten():
    ground = CITY.ground
    guarded = np.full(40, -7, dtype=np.int32)
    assert walk.way(ground, WALKABLE[0], WALKABLE[-1], np.uint64(1), guarded[:8]) == line.FULL
    assert (guarded[8:] == -7).all()
    assert walk.way(ground, WALKABLE[0], 0, np.uint64(1), guarded) == line.NO_WAY


@pytest.mark.parametrize("anchors", [4, 64])
def test_any_number_of_anchors_reaches_everywhere(anchors):
    city = build_city(town.blueprint(40, 2000, 50.0), Parameters(read_registry(REGISTRY)), anchors)
    draw = np.random.default_rng(2)
    path = np.empty(4096, dtype=np.int32)
    for origin, target in draw.choice(np.flatnonzero(city.walkable), (300, 2)):
        n = walk.way(city.ground, origin, target, np.uint64(draw.integers(2**62)), path)
        assert n > 0 and path[n - 1] == target and is_path(city.ground, path[:n])


def test_ways_that_are_kept_are_those_that_are_found(tmp_path, monkeypatch):
    """Kept once, read by all who ask for the same ground; found again where what is kept is damaged or of another ground."""
    ground = small_city(side=20).ground
    asked = ground.exits, cost_of(ground), ground.steps, ground.cols, ground.inverse, ground.anchors, ground.reach
    plain = kept.fields(None, *asked)
    first = kept.fields(tmp_path, *asked)
    assert len(list(tmp_path.iterdir())) == 3

    def found_again(*_):
        raise AssertionError("ways were found again")

    with monkeypatch.context() as patch:
        patch.setattr("sim.kernels.flow.fields", found_again)
        again = kept.fields(tmp_path, *asked)
        with pytest.raises(AssertionError, match="found again"):
            kept.fields(tmp_path, *asked[:5], ground.anchors[:3], ground.reach)
    for ways in (first, again):
        assert all(np.array_equal(a, b) and type(a) is np.ndarray and a.flags.writeable for a, b in zip(ways, plain, strict=True))
    for file in tmp_path.iterdir():
        whole = file.read_bytes()
        for damaged in (b"", whole[: len(whole) // 2], b"\x80\x04" + whole[2:], whole[:-1] + b"\x01"):
            file.write_bytes(damaged)
            assert all(np.array_equal(a, b) for a, b in zip(kept.fields(tmp_path, *asked), plain, strict=True))
            assert file.read_bytes() == whole


def test_ways_are_found_where_there_is_no_room_to_keep_them(tmp_path):
    ground = small_city(side=20).ground
    (tmp_path / "file").write_text("")
    asked = ground.exits, cost_of(ground), ground.steps, ground.cols, ground.inverse, ground.anchors, ground.reach
    plain, found = kept.fields(None, *asked), kept.fields(tmp_path / "file" / "folder", *asked)
    assert all(np.array_equal(a, b) for a, b in zip(found, plain, strict=True))


def cost_of(ground):
    return np.full(len(ground.exits), 10, dtype=np.uint8)
