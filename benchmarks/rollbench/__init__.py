"""rollbench: the benchmark of rollback rules; benchmarks/README.md tells how to read it."""
