"""Solution matching use cases: rules, what holds for a case and why, feedback, and the case it belongs to."""
