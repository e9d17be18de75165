"""What others post to us: that a tag was pushed, or what a CI says of a digest.

Why: a push should be seen in seconds, not at the next poll.
Never here: belief (a push is only a hint to look at the registry), serving HTTP.
"""
