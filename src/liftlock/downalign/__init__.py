"""Production state comes down.

Inspect, plan, copy and mask, verify, preserve; what would be lost; fingerprints of schemas.
"""
