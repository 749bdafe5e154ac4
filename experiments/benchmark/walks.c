/* Departures on foot, as the kernels sim/kernels/{move,walk,line}.py live them, in plain C: what a compiler makes of the same algorithm
   is the practical limit against which those are held. Everything that both write must be the same, to the last bit. Constants that are
   not here come from there, when this is compiled. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { NO_WAY = -1, FULL = -2, OUTLASTS = -3, CROWDED = -4 };
enum { MOST_CELLS = 4096 };

typedef struct { int64_t cells, cols, inverse, reach; double cell_m, bow, speed; } Grid;
typedef struct { int64_t agents, parts, ring, roles, room, seed, tick, day_ds, tick_ds; } Tick;
typedef struct { int32_t person, depart, target; int8_t mode, purpose, tour, optional; } Trip;
typedef struct { int64_t depart, arrive; int32_t origin, place; int8_t mode, came, purpose; } Where;
typedef struct { int32_t person; int16_t row, col, to_row, to_col, steps; } Passer;
typedef struct { const uint8_t *exits; const int32_t *turns; const int16_t *nearest; const int32_t *steps; const Grid *grid; } Ground;

static const int64_t COMPASS[9] = {5, 6, 7, 4, -1, 0, 3, 2, 1};

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t sign(int64_t a) { return (a > 0) - (a < 0); }

/* Philox 4x32-10: the first two words, as a key of 64 bits. */
static uint64_t key_of(int64_t entity, int64_t time, int64_t seed, int64_t stream)
{
    uint64_t c0 = (uint32_t)entity, c1 = (uint32_t)time, c2 = 0, c3 = 0, k0 = (uint32_t)seed, k1 = (uint32_t)stream;
    for (int i = 0; i < 10; i++) {
        uint64_t p0 = 0xD2511F53u * c0, p1 = 0xCD9E8D57u * c2;
        c0 = (p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 = (uint32_t)(k0 + 0x9E3779B9u);
        k1 = (uint32_t)(k1 + 0xBB67AE85u);
    }
    return c0 << 32 | c1;
}

static uint64_t mix(uint64_t key)
{
    uint64_t z = key + 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline int64_t row_of(const Ground *g, int64_t cell) { return (cell * g->grid->inverse) >> SHIFT; }

static int64_t straight(const Ground *g, int64_t origin, int64_t row_gap, int64_t col_gap, uint64_t hash, int32_t *path, int64_t count)
{
    int64_t down = sign(row_gap), right = sign(col_gap), rows = llabs(row_gap), columns = llabs(col_gap);
    int64_t diagonal = least(rows, columns), length = most(rows, columns), cell = origin;
    if (count + length > MOST_CELLS)
        return FULL;
    int64_t slant = COMPASS[3 * (down + 1) + right + 1], level = rows > columns ? COMPASS[3 * (down + 1) + 1] : COMPASS[3 + right + 1];
    int64_t level_bit = (int64_t)1 << most(level, 0), level_step = g->steps[most(level, 0)];
    int64_t more_bit = ((int64_t)1 << most(slant, 0)) - level_bit, more_step = g->steps[most(slant, 0)] - level_step;
    int64_t phase = (int64_t)(((hash >> 32) * (uint64_t)length) >> 32);
    for (int64_t i = 0; i < length; i++) {
        phase += diagonal;
        int64_t slanted = phase >= length;
        phase -= length * slanted;
        if ((g->exits[cell] & (level_bit + more_bit * slanted)) == 0)
            return NO_WAY;
        cell += level_step + more_step * slanted;
        path[count++] = (int32_t)cell;
    }
    return count;
}

static int64_t bowed(const Ground *g, int64_t origin, int64_t target, uint64_t key, int32_t *path, int64_t count)
{
    int64_t cols = g->grid->cols, row = row_of(g, origin), col = origin - row * cols, to_row = row_of(g, target), to_col = target - to_row * cols;
    uint64_t word = mix(key ^ (uint64_t)origin);
    double sides = (double)((word & 0xFFFF) + ((word >> 16) & 0xFFFF)) / 65535.0 - 1.0;
    int64_t aside_row = (int64_t)(sides * g->grid->bow * (double)(to_col - col)), aside_col = (int64_t)(sides * g->grid->bow * (double)(to_row - row));
    if (aside_row != 0 || aside_col != 0) {
        int64_t middle_row = ((row + to_row) >> 1) + aside_row, middle_col = ((col + to_col) >> 1) - aside_col;
        int64_t middle = middle_row * cols + middle_col;
        if (middle >= 0 && middle < g->grid->cells && middle_col > 0 && middle_col < cols - 1 && g->exits[middle] != 0) {
            int64_t half = straight(g, origin, middle_row - row, middle_col - col, word, path, count);
            if (half > 0) {
                int64_t done = straight(g, middle, to_row - middle_row, to_col - middle_col, ~word, path, half);
                if (done > 0)
                    return done;
            }
        }
    }
    return straight(g, origin, to_row - row, to_col - col, word, path, count);
}

static int64_t leg(const Ground *g, int64_t origin, int64_t turn, uint64_t key, int32_t *path, int64_t count)
{
    int64_t done = bowed(g, origin, turn, key, path, count);
    if (done != NO_WAY)
        return done;
    int64_t cols = g->grid->cols, row = row_of(g, origin), to_row = row_of(g, turn);
    return straight(g, origin, to_row - row, (turn - to_row * cols) - (origin - row * cols), 0, path, count);
}

static int64_t back_from_anchor(const Ground *g, int64_t target, const int32_t *turns, uint64_t key, int32_t *path, int64_t count)
{
    int64_t start = count, cell = target;
    if (count >= MOST_CELLS)
        return FULL;
    path[count++] = (int32_t)target;
    for (int64_t turn; (turn = turns[cell]) >= 0; cell = turn)
        if ((count = leg(g, cell, turn, key, path, count)) < 0)
            return count;
    if (cell != path[start - 1])
        return NO_WAY;
    count--;
    int64_t shared = 0;
    while (shared + 1 < start && shared < count - start && path[start - 2 - shared] == path[count - 1 - shared])
        shared++;
    int64_t low = start - shared, keep = count - start - shared;
    for (int64_t i = 0; i < keep; i++)
        path[low + i] = path[start + i];
    for (int64_t i = low, j = low + keep - 1; i < j; i++, j--) {
        int32_t other = path[i];
        path[i] = path[j];
        path[j] = other;
    }
    return low + keep;
}

static int64_t way(const Ground *g, int64_t origin, int64_t target, uint64_t key, int32_t *path)
{
    path[0] = (int32_t)origin;
    if (origin == target)
        return 1;
    if (g->nearest[target] < 0 || g->nearest[origin] < 0)
        return NO_WAY;
    const int32_t *turns = g->turns + g->nearest[target] * g->grid->cells;
    int64_t cols = g->grid->cols, to_row = row_of(g, target), to_col = target - to_row * cols, cell = origin, count = 1;
    for (;;) {
        int64_t row = row_of(g, cell), col = cell - row * cols;
        if (most(llabs(row - to_row), llabs(col - to_col)) <= g->grid->reach) {
            int64_t done = bowed(g, cell, target, key, path, count);
            if (done != NO_WAY)
                return done;
        }
        int64_t turn = turns[cell];
        if (turn < 0)
            return back_from_anchor(g, target, turns, key, path, count);
        count = leg(g, cell, turn, key, path, count);
        if (count < 0 || turn == target)
            return count;
        cell = turn;
    }
}

static int64_t pace(const Ground *g, const int32_t *path, int64_t count, int32_t *enter)
{
    double seconds = g->grid->cell_m / g->grid->speed;
    int64_t level = (int64_t)(seconds * DECI * 65536.0), slant = (int64_t)(seconds * DECI * 65536.0 * 1.4142135623730951);
    int64_t elapsed = 0, cols = g->grid->cols;
    enter[0] = 0;
    for (int64_t i = 1; i < count; i++) {
        int64_t step = llabs((int64_t)path[i] - path[i - 1]), lasts = slant - (slant - level) * ((step == 1) | (step == cols));
        enter[i] = (int32_t)((elapsed + (lasts >> 1)) >> 16);
        elapsed += lasts;
    }
    return elapsed >> 16;
}

static int note(const Ground *g, const Tick *t, Passer *passers, int32_t *passing, int64_t slot, int32_t person, int32_t first, int32_t last, int64_t steps)
{
    int64_t n = passing[slot], row = row_of(g, first), to_row = row_of(g, last);
    if (n >= t->room)
        return 0;
    passers[slot * t->room + n] = (Passer){person, (int16_t)row, (int16_t)(first - row * g->grid->cols), (int16_t)to_row,
                                           (int16_t)(last - to_row * g->grid->cols), (int16_t)steps};
    passing[slot] = (int32_t)(n + 1);
    return 1;
}

static int write_trip(const Ground *g, const Tick *t, int32_t *street, Passer *passers, int32_t *passing, int32_t person,
                      const int32_t *path, int32_t *enter, int64_t entries, int64_t start, int64_t arrive)
{
    int64_t slot = start / t->tick_ds % t->ring, boundary = t->tick_ds - start % t->tick_ds, since = 0, i = 0;
    enter[entries] = (int32_t)(arrive - start);
    while (i < entries) {
        int32_t *cells = street + slot * t->roles * g->grid->cells;
        int64_t first = i, last;
        for (; i < entries && enter[i + 1] <= boundary; i++) {
            cells[path[i]] += (int32_t)((enter[i + 1] - since) * CENTI);
            since = enter[i + 1];
        }
        last = i;
        if (i < entries) {
            cells[path[i]] += (int32_t)((boundary - since) * CENTI);
            last = i + 1;
        }
        if (last > first && !note(g, t, passers, passing, slot, person, path[first], path[last - 1], last - first))
            return 0;
        since = boundary;
        boundary += t->tick_ds;
        slot = slot + 1 < t->ring ? slot + 1 : 0;
    }
    return 1;
}

/* All departures `order[0…agents−1]` of a tick, on foot, of people who are never outdoors where they stay, in as many parts as threads.
   Arrays are those of sim.afoot; `failed` int32 (parts, 2) takes first the code of the last failure. */
void walks(const Grid *grid, const Tick *tick, const uint8_t *exits, const int32_t *turns, const int16_t *nearest, const int32_t *steps,
           const Trip *trips, const int32_t *order, const uint8_t *decisions, const int32_t *ids, Where *where, int32_t *stays,
           int32_t *street, Passer *passers, int32_t *passing, int32_t (*failed)[2])
{
    const Ground ground = {exits, turns, nearest, steps, grid};
#pragma omp parallel for num_threads(tick->parts) schedule(static, 1)
    for (int64_t part = 0; part < tick->parts; part++) {
        int32_t path[MOST_CELLS], enter[MOST_CELLS + 1];
        int32_t *mine = street + part * tick->ring * tick->roles * grid->cells, *noted = passing + part * tick->ring;
        Passer *room = passers + part * tick->ring * tick->room;
        for (int64_t i = tick->agents * part / tick->parts; i < tick->agents * (part + 1) / tick->parts; i++) {
            const Trip trip = trips[order[i]];
            Where *was = where + trip.person;
            if (decisions[i] == STAY)
                continue;
            int64_t start = most(tick->day_ds + (int64_t)trip.depart * DECI, was->arrive);
            uint64_t key = key_of(ids[trip.person], start / DECI, tick->seed, ROUTE);
            int64_t entries = way(&ground, was->place, trip.target, key, path);
            if (entries < 0) {
                failed[part][0] = (int32_t)entries;
                continue;
            }
            int64_t arrive = start + pace(&ground, path, entries, enter);
            if (arrive / tick->tick_ds - tick->tick >= tick->ring) { /* of the first tick of an hour */
                failed[part][0] = OUTLASTS;
                continue;
            }
            if (!write_trip(&ground, tick, mine, room, noted, trip.person, path, enter, entries, start, arrive)) {
                failed[part][0] = CROWDED;
                continue;
            }
            *was = (Where){start, arrive, was->place, trip.target, trip.mode, was->purpose, trip.purpose};
        }
    }
    for (int64_t i = 0; i < tick->agents; i++)
        if (decisions[i] != STAY)
            stays[order[i] / MOST_TRIPS] = -1;
}
