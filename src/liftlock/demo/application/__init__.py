"""A small modular web application as a stranger would write it: it knows nothing of Liftlock.

It runs as a process of its own in each environment of the demo. Its commands (`__main__.py`) are
what an environment's runtime is registered with; its code is copied beside the environments, so
that it can run as another user.
"""
