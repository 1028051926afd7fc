"""Files that answers carry: taken in, read for their words, given out, forgotten where nothing names them."""
