"""The commands of `bini`, by what they are for. Each parses its arguments, then imports one room."""
