"""`make bench`: every measurement, one after the other.

Why: one command gives every figure that the README claims.
Never here: the measurements.
"""

from benchmarks import cluster, engine, tick


def main() -> None:
    """Prints each figure as it is known."""
    engine.main([])
    tick.main()
    cluster.main()


if __name__ == "__main__":
    main()
