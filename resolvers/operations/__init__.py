"""Operations of clients: which of them run, and whom a publish would hurt."""
