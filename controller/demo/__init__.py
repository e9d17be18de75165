"""A small service to release and the visitors it needs, for the demo and for test pods.

Why: a rollback can only be shown on a service that has a good and a bad version.
Never here: anything but the standard library, and nothing that knows of rollctl.
"""
