"""Statistics as pure functions: arrays in, an `Estimate` out. No clock, no store, no global randomness."""
