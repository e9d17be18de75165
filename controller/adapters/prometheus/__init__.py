"""Raw samples from Prometheus, or from anything that speaks its HTTP API.

Why: where a Prometheus is there already, rollctl reads what it has scraped.
Never here: another source; what the samples mean.
"""
