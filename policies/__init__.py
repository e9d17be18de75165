"""What the user asked: policy files, checked and understood.

Why: everything a user may write is read in one place, with every mistake named by
file, line and rule, and nothing past this floor sees raw YAML.
Never here: clusters, metrics' values, decisions.
"""
