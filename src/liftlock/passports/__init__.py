"""Builds, signs and verifies what Liftlock leaves behind."""
