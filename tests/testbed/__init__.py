"""A real control plane, real processes as pods and a real Prometheus, on one machine.

Why: a controller that was only ever tried on doubles has not been tried.
Never here: anything of rollctl but the demo service; the testbed must not know what it tests.
"""
