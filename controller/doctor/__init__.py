"""What `rollctl doctor` looks at, each check by itself.

Why: an installation that cannot judge should be found before the first bad release.
Never here: adapters, printing, changes of anything.
"""
