"""Use cases: (context, arguments) to domain values, behind one access gate."""
