"""Real environments and one whole cycle, for `liftlock demo`."""
