"""The generator against the published vectors, and what keyed draws promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import rng

VECTORS = [  # Random123, kat_vectors: philox 4x32, 10 rounds
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0), (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
]


@pytest.mark.parametrize("counter, key, expected", VECTORS)
def test_philox_gives_the_published_words(counter, key, expected):
    assert tuple(int(w) for w in rng.philox(*counter, *key)) == expected


def plain_philox(counter, key):
    """Philox 4×32-10 in plain Python integers."""
    c, (k0, k1), mask = list(counter), key, 0xFFFFFFFF
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k0, p1 & mask, (p0 >> 32) ^ c[3] ^ k1, p0 & mask]
        k0, k1 = (k0 + 0x9E3779B9) & mask, (k1 + 0xBB67AE85) & mask
    return tuple(c)


word = st.integers(0, 2**32 - 1)


@settings(max_examples=200, deadline=None)
@given(word, word, word, word, word, word)
def test_philox_agrees_with_plain_python(a, b, c, d, k, m):
    assert tuple(int(w) for w in rng.philox(a, b, c, d, k, m)) == plain_philox((a, b, c, d), (k, m))


def test_draws_are_uniform_and_unlike_across_keys():
    draws = rng.uniforms(7, rng.PLAN, np.arange(20_000), 3, 1, 0)
    assert draws.min() > 0.0 and draws.max() < 1.0
    assert np.bincount((draws * 20).astype(int), minlength=20).min() > 850
    for other in (rng.uniforms(8, rng.PLAN, np.arange(20_000), 3, 1, 0), rng.uniforms(7, rng.ROUTE, np.arange(20_000), 3, 1, 0),
                  rng.uniforms(7, rng.PLAN, np.arange(20_000), 4, 1, 0), rng.uniforms(7, rng.PLAN, np.arange(20_000), 3, 2, 0),
                  rng.uniforms(7, rng.PLAN, np.arange(20_000), 3, 1, 1)):  # fmt: skip
        assert abs(np.corrcoef(draws, other)[0, 1]) < 0.03


def test_a_draw_does_not_depend_on_who_else_draws():
    alone = rng.uniforms(1, rng.PLAN, np.array([17]), 2, 3, 4)[0]
    assert rng.uniforms(1, rng.PLAN, np.arange(100), 2, 3, 4)[17] == alone


def test_normals_are_standard():
    draws = rng.normals(1, rng.BUILD, np.arange(50_000), 0, 0, 0)
    assert abs(draws.mean()) < 0.02 and abs(draws.std() - 1) < 0.02


@settings(max_examples=100, deadline=None)
@given(st.lists(word, min_size=1, max_size=50), st.floats(0.0, 5000.0))
def test_poisson_quantiles_are_those_of_scipy(drawn, mean):
    from scipy.stats import poisson

    u = (np.array(drawn) + 0.5) * 2.0**-32
    assert rng.poissons(u, mean).tolist() == poisson.ppf(u, mean).astype(int).tolist()
