"""What is true: moves, slots, statuses, modules, policies, rights. No I/O, no SQL, no clock."""
