"""What a person reads: tables, trees and sentences, made of what was seen.

Why: every command tells of the same things in the same words.
Never here: fetching, deciding, typing of arguments.
"""
