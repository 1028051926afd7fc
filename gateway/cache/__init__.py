"""What replicas share through Redis: kept answers, fences, counters. Everything in it may be lost."""
