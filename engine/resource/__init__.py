"""Register APIs in SDL, plan an operation into groups of upstream calls, run the plan."""
