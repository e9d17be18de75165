"""What should happen next: a pure function of what was seen.

Why: one engine serves the service, a person's order, dry runs and replays, and its
every decision can be tested without a cluster.
Never here: clocks, networks, files, vendor packages; time is passed in.
"""
