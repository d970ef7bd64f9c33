"""The moves as durable workflows: one file a move, the loop, one file a step, the engine's door."""
