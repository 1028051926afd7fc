"""Other ways of looking beside the words of a search: a trained classifier, vectors of a language model."""
