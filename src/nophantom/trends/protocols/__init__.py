"""How the sources speak: what they sent, as items. Pure: bytes in, items out."""
