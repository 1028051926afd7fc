"""Every number that ranks: each with the public measurement that set it.

The measurement is `scripts/bench search` on Banking77 with ten similar questions an article, told as
R@1 / R@10; a change of a number here is a change of that table.
"""

WORDS = 1.0  # Chinese characters, stems of words: alone .620 / .946
GRAMS = 0.5  # pairs of characters, trigrams of words: .659 / .954 together with words; what finds typos

QUESTION = 1.0  # what the questions of an article score, as a share of the best
ARTICLE = 1.5  # what the whole article scores: .722 / .969 with 1, .732 / .970 with 1.5 and the best question
# of an article's best questions, in order: .741 / .971 (the best alone: .732)
NEXT_QUESTIONS = (1.0, 0.5, 0.3, 0.2, 0.1)

SYNONYM = 0.5  # of the weight of what the asker wrote; not measured on a public set: none has synonyms

EXACT = 1.0  # a pin, or the same question: above what any other hit can score
OTHERS = 0.95  # the most that any other hit scores
