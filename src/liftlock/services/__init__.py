"""Use cases, one file a noun.

Each takes the transaction that its edge opened, and who asks; none commits.
"""
