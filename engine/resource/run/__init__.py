"""Run a plan: fetch each thing once, batched and in parallel, and write the response."""
