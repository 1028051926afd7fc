"""Quality data kept and shown: minutes of every worker, rolled up, and what a unit may see of them."""
