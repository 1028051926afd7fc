"""Every number that ranks: each with the public measurement that set it.

The measurement is `scripts/bench search` on Banking77 with ten similar questions an article, told as
R@1 / R@10; a change of a number here is a change of that table.
"""

WORDS = 1.0  # Chinese characters, stems of words: alone .620 / .946, by the best question
GRAMS = 0.5  # pairs of characters, trigrams of words: .659 / .954 together with words; what finds typos

QUESTION = 1.0  # what an article's questions score, as a share of the best: alone .659 / .954
ARTICLE = 1.0  # what the whole article scores: .737 / .972 with it; 1.5 gives .734 / .973, 0.6 .736 / .972
# an article's best questions, in order: .740 / .972; the best alone .733 / .972, five of them .737 / .972
NEXT_QUESTIONS = (1.0, 0.4, 0.2)

# another ranking beside the words', places added as weight / (FUSION + place). The classifier, with all the
# questions of Banking77 / with ten an article: 1.1 .916 / .737; 1.5 .916 / .737; 1.0 .904 / .738: two that
# disagree tie
RANKING = 1.1
FUSION = 10  # 5 and 20 the same within .001

# of an article, for the classifier to learn it. Banking77 R@1 by words / with the classifier: 10 questions
# .740 / .737, 15 questions .782 / .803, all .888 / .916
MIN_QUESTIONS = 15
MIN_ARTICLES = 3  # that have so many: two are told apart by words alone

SYNONYM = 0.5  # of the weight of what the asker wrote; not measured on a public set: none has synonyms

EXACT = 1.0  # a pin, or the same question: above what any other hit can score
OTHERS = 0.95  # the most that any other hit scores
