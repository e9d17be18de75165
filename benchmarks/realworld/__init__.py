"""realworld: rollback rules scored on real recordings; docs/realworld.md tells how to read it."""
