"""SQL plumbing and files by content hash. Knows no table by name."""
