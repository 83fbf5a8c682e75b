"""Pages and pictures as text, from numbers alone."""
