"""Handles on what an environment consists of: servers, file trees, runtimes, restore points."""
