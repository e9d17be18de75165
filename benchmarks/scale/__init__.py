"""How what a controller costs grows with the cluster.

Why: whoever runs 10,000 Deployments must know before what it takes.
Never here: what one look or one test costs (tick.py, engine.py).
"""
