"""Back-test: what detection would have said on days that are past, against what is known about them now."""
