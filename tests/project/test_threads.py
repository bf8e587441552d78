"""Work on threads: in order, with few jobs ahead, and failures in their place."""

import pytest

from labelqa.project.threads import in_order


@pytest.mark.parametrize("n", [0, 1, 2, 3, 50])
def test_results_come_in_order(n):
    assert list(in_order(lambda job: job * job, range(n))) == [job * job for job in range(n)]


def test_few_jobs_are_taken_ahead(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    taken = []
    results = in_order(str, (taken.append(job) or job for job in range(100)))
    assert next(results) == "0"
    assert len(taken) == 6


@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_jobs_that_break_off_do_so_after_the_results_before(n):
    def jobs():
        yield from range(n)
        raise ValueError("no more")

    results = in_order(str, jobs())
    assert [next(results) for _ in range(n)] == [str(job) for job in range(n)]
    with pytest.raises(ValueError, match="no more"):
        next(results)


def test_a_job_that_fails_does_so_in_its_place():
    results = in_order(lambda job: 1 // job, [1, 0, 1])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
