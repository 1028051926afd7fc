"""Use cases of flows: save, check and deploy models; start, commit, roll back and watch instances."""
