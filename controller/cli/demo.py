"""`rollctl demo`: a bad release rolled back and a good one kept, without a cluster.

Why: who has two minutes should see it work.
Never here: the demo.
"""


def demo() -> None:
    """See a bad release rolled back and a good one kept, on this machine alone."""
    from controller.demo.__main__ import main

    raise SystemExit(main())
