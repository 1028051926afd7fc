"""Knowledge search: analysers, index, ranking, matching. Imports nothing of ours."""
