"""Samples as OpenMetrics knows them: their text, their labels, and a table of them.

Why: the scraper and the recording read the same text into the same table, and adapters may
not import each other.
Never here: HTTP, files, a store's own format.
"""
