"""Deployments on Kubernetes: watched through slim structs, changed by conditional patches.

Why: the official client's models cost a hundred times the memory and the time, so only its
configuration, its authentication and its connection pool are used.
Never here: decisions.
"""
