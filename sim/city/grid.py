"""The grid: square cells of a projected map, addressed by one flat index, with a closed border one cell wide."""

from dataclasses import dataclass

import numpy as np

# Eight steps, counter-clockwise from east; rows count northwards.
STEP_ROW = np.array([0, 1, 1, 1, 0, -1, -1, -1], dtype=np.int32)
STEP_COL = np.array([1, 1, 0, -1, -1, -1, 0, 1], dtype=np.int32)


@dataclass(frozen=True)
class Grid:
    """`rows` × `cols` cells of `cell_m` metres; the outer edge of cell 0 lies at (`east`, `north`), its south-west corner.

    The flat index of a cell is row × cols + col, row 0 in the south. The outermost ring of cells is never walkable, so a
    step from any walkable cell stays on the grid.
    """

    rows: int
    cols: int
    cell_m: float
    east: float
    north: float

    @property
    def cells(self):
        return self.rows * self.cols

    @property
    def steps(self):
        """int32 (8,): what each of the eight steps adds to a flat index."""
        return (STEP_ROW * self.cols + STEP_COL).astype(np.int32)

    def cell_of(self, east, north):
        """Flat index int32 of map coordinates in metres (scalars or arrays); −1 outside the grid or on its border."""
        col = np.floor((np.asarray(east, dtype=np.float64) - self.east) / self.cell_m).astype(np.int64)
        row = np.floor((np.asarray(north, dtype=np.float64) - self.north) / self.cell_m).astype(np.int64)
        inside = (col >= 1) & (col < self.cols - 1) & (row >= 1) & (row < self.rows - 1)
        return np.where(inside, row * self.cols + col, -1).astype(np.int32)

    def centre(self, cell):
        """Map coordinates (east, north) in metres of the middle of cells."""
        cell = np.asarray(cell)
        return (
            self.east + (cell % self.cols + 0.5) * self.cell_m,
            self.north + (cell // self.cols + 0.5) * self.cell_m,
        )

    def distance_m(self, a, b):
        """Straight distance in metres between the middles of cells `a` and `b` (arrays broadcast)."""
        (ax, ay), (bx, by) = self.centre(a), self.centre(b)
        return np.hypot(ax - bx, ay - by)

    def disc(self, radius_m):
        """int32 (m, 2): (row, col) offsets of the cells whose middle lies within `radius_m` of a cell's middle."""
        reach = int(radius_m // self.cell_m)
        row, col = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        near = np.hypot(row, col) * self.cell_m <= radius_m + 1e-9
        return np.stack([row[near], col[near]], axis=1).astype(np.int32)

    def overlap(self, radius_m):
        """float32 (2k + 1, 2k + 1): the chance that someone anywhere in the middle cell has someone anywhere in each of the cells
        around it within `radius_m`. The chances add up to the disc's area in cells, whatever their size."""
        k = int(np.ceil(radius_m / self.cell_m)) + 1
        points = (np.arange(16) + 0.5) / 16
        apart = (points[:, None] - points[None, :]).reshape(-1)  # of two points of one cell, along one axis
        row, col = (np.arange(-k, k + 1)[:, None] + apart) * self.cell_m, (np.arange(-k, k + 1)[:, None] + apart) * self.cell_m
        near = np.hypot(row[:, None, :, None], col[None, :, None, :]) <= radius_m
        share = near.mean(axis=(2, 3))
        within = np.flatnonzero(share.any(axis=1))  # the outermost rows and columns may be out of reach altogether
        share = share[within[0] : within[-1] + 1, within[0] : within[-1] + 1]
        return (share * (np.pi * (radius_m / self.cell_m) ** 2 / share.sum())).astype(np.float32)

    def covered(self, cell, radius_m):
        """Cells that a disc around the middle of `cell` covers, and how much of each: (int32 (m,), float64 (m,) in (0, 1])."""
        near = self.around(cell, radius_m + self.cell_m)
        x, y = self.centre(near)
        at_x, at_y = self.centre(cell)
        points = ((np.arange(16) + 0.5) / 16 - 0.5) * self.cell_m
        east, north = (x - at_x)[:, None, None] + points[:, None], (y - at_y)[:, None, None] + points[None, :]
        share = (np.hypot(east, north) <= radius_m).mean(axis=(1, 2))
        return near[share > 0], share[share > 0]

    def around(self, cell, radius_m):
        """Flat indices int32 of the cells within `radius_m` of `cell` that lie inside the border."""
        offsets = self.disc(radius_m)
        row = cell // self.cols + offsets[:, 0]
        col = cell % self.cols + offsets[:, 1]
        inside = (row >= 1) & (row < self.rows - 1) & (col >= 1) & (col < self.cols - 1)
        return (row * self.cols + col)[inside].astype(np.int32)

    def line(self, points):
        """Flat indices int32 of the cells that a polyline touches, without diagonal gaps.

        `points` (k, 2) map coordinates in metres.
        """
        cells = []
        for (x0, y0), (x1, y1) in zip(points[:-1], points[1:], strict=True):
            n = int(np.hypot(x1 - x0, y1 - y0) / self.cell_m * 8) + 2
            cells.append(self.cell_of(np.linspace(x0, x1, n), np.linspace(y0, y1, n)))
        path = np.concatenate(cells)
        path = path[path >= 0]
        gaps = np.flatnonzero((path[1:] // self.cols != path[:-1] // self.cols) & (path[1:] % self.cols != path[:-1] % self.cols))
        corners = (path[gaps] // self.cols) * self.cols + path[gaps + 1] % self.cols
        return np.unique(np.concatenate([path, corners]))


def grid_around(east, north, cell_m):
    """The smallest grid on round multiples of `cell_m` that holds all the given points, with its closed border."""
    west, south = (np.floor(np.min(v) / cell_m) * cell_m for v in (east, north))
    cols = int(np.ceil((np.max(east) - west) / cell_m)) + 3
    rows = int(np.ceil((np.max(north) - south) / cell_m)) + 3
    return Grid(rows, cols, cell_m, west - cell_m, south - cell_m)
