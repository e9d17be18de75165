"""Laws of the benchmarks: what they measure is measured right."""
