"""The only HTTP of the project: bounded, patient, and honest about what did not come."""
