"""What many measurements of one thing come to: the median and its 95 % interval."""
import math
import statistics

COVERAGE = 0.95


def ranks(count):
    """
    The 0-based ranks of the sorted values that bound the median with at least 95 % probability, and that probability.

    No distribution is assumed: the number of values below the true median is binomial (count, 1/2). With fewer than
    six values even the smallest and the largest bound it less surely; they are what is returned then.
    """
    total, rank = 2 ** count, 0
    outside = lambda k: 2 * sum(math.comb(count, i) for i in range(k + 1)) / total
    while rank + 1 <= (count - 1) // 2 and outside(rank + 1) <= 1 - COVERAGE:
        rank += 1
    return rank, count - 1 - rank, 1 - outside(rank) if count > 1 else 0.0


def summary(values):
    """median, low, high (the interval's ends), coverage (of the interval), least, most; None without values."""
    if not values:
        return None
    ordered = sorted(values)
    low, high, coverage = ranks(len(ordered))
    return {"median": statistics.median(ordered), "low": ordered[low], "high": ordered[high],
            "coverage": round(coverage, 4), "least": ordered[0], "most": ordered[-1]}
