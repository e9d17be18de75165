"""Raw samples that rollctl scrapes itself from the pods' metrics pages.

Why: a sidecar without a Prometheus, and the demo, have nobody else who does.
Never here: another source; finding the pods.
"""
