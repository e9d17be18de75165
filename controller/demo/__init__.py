"""A bad release that is rolled back and a good one that is kept, to watch on one machine.

Why: a rollback can only be shown on a service that has a good and a bad version, under
real traffic; the same service and visitors serve the tests.
Never here: decisions; the demo stages the world, and the engine is the one that runs.
"""
