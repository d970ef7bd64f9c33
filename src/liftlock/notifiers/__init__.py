"""Ways to tell people something outside of the console: mail first, others by the same protocol."""
