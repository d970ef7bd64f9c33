"""Acme's data: generated, the same each time, with the shapes that real data has.

Missing values, accents, people entered twice, long texts that name people, attachments on disk.
"""
