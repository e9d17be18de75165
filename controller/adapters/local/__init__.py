"""The local platform: real processes that roll from version to version, as a Deployment does.

Why: the whole of rollctl can be seen and tested on a machine without a cluster.
Never here: decisions about a rollout; this is the world that the engine looks at.
"""
