"""The ledger: every outcome ever seen, append-only. The only SQL of this wing."""
