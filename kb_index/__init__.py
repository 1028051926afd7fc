"""Knowledge search: analysers, index, ranking, matching. Imports nothing of ours.

The values are here; `kb_index.index` has what reads and writes an index and brings libraries of 10 MB.
"""

from kb_index.edition import ArticleChange, Edition, Sight

__all__ = ["ArticleChange", "Edition", "Sight"]
