"""The tables as they grew, step by step. Run by `nophantom.store.versions`, never imported by the doors."""
