"""Numbers in, evidence out.

Why: whether the new version is worse is a question of statistics, and its answer
must be the same wherever it is asked: in the service, on a recording, in a test.
Never here: clocks, files, networks, randomness of its own, or a word about
Kubernetes or Prometheus.
"""
