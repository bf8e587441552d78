"""Work that runs ahead: in order, with its errors, and no further than it is asked for."""

import threading
import time

import pytest

from labelqa.formats import ahead


def test_results_come_in_order_whatever_takes_longest():
    def work(seconds):
        time.sleep(seconds)
        return -seconds

    given = [0.02, 0.0, 0.01, 0.0, 0.005]
    assert list(ahead.of(work, given)) == [(one, -one) for one in given]


def test_an_error_comes_when_its_turn_comes():
    def work(number):
        return 1 / number

    results = ahead.of(work, [1, 0, 2])
    assert next(results) == (1, 1.0)
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_no_more_is_taken_than_a_few_ahead():
    taken = []

    def given():
        for number in range(1000):
            taken.append(number)
            yield number

    results = ahead.of(str, given())
    next(results)
    assert len(taken) < 20
    results.close()
    assert threading.active_count() < 20
