"""Which build is rolled out next: a pure choice among a repository's tags.

Why: a push is only a hint; what is next follows from the tags as they are, the policy and
all that is known of their digests, so it can be tested, replayed and explained.
Never here: registries, webhooks, the act of rolling out.
"""
