"""The fields about quality data: how each API and field was asked for and how it went."""
