"""What was collected: sources, fetches, items and documents. The only SQL of this wing."""
