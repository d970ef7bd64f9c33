"""Production state comes down: inspect, plan, copy and mask, verify, preserve; what is lost; fingerprints of a schema."""
