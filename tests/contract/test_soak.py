"""A small part of the soak, so that it cannot rot; `make soak` plays all of it."""

import random

import pytest
import soak


@pytest.mark.parametrize("seed", range(5000, 5030))
def test_a_seeded_run_ends_as_it_must(seed: int) -> None:
    assert 0 == soak.one(seed).total()


def test_the_dice_reach_every_end_of_a_run() -> None:
    codes = {soak.made(random.Random(seed)).code for seed in range(300)}

    assert {0, 1, 3, 4, 5} == codes
