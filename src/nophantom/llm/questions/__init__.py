"""Questions to the outcomes, each a pure function from a cube to a finding."""
