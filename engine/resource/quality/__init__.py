"""Quality data: how often each API and field was asked for, by whom, how it went and how long it took."""
