"""`make bench`: every measurement, one after the other.

Why: one command gives every figure that the README claims.
Never here: the measurements.
"""

from benchmarks import builds, cluster, engine, registry, tick


def main() -> None:
    """Prints each figure as it is known."""
    engine.main([])
    tick.main()
    registry.main()
    cluster.main()
    builds.main()


if __name__ == "__main__":
    main()
