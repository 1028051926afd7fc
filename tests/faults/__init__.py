"""What must hold when something breaks. Short in the suite; `scripts/faults` runs the long form."""
