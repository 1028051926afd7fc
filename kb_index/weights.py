"""Every number that ranks: each with the public measurement that set it.

Numbers are set on what Banking77 has for development (`scripts/bench search --articles 0 --sets
banking77-10-dev,banking77-dev`), told as R@1 / R@10: with ten questions an article .724 / .962, with four of
five .879 / .991. Those marked * were set before there was such a set, on its test questions. On the test
questions all of them reach .741 / .973 with ten questions an article, .888 / .995 with all.
"""

MEASURED = (0.697, 0.971)  # R@1, R@10 of every tenth question of banking77-10-dev: a test holds them to it

WORDS = 1.0  # Chinese characters, stems of words: * alone .620 / .946, by the best question
GRAMS = 0.5  # pairs of characters, trigrams of words: * .659 / .954 together with words; what finds typos

QUESTION = 1.0  # what an article's questions score, as a share of the best: * alone .659 / .954
ARTICLE = 1.0  # what the whole article scores: * .737 / .972 with it
# an article's best questions, in order: * .740 / .972; the best alone .733 / .972, five of them .737 / .972
NEXT_QUESTIONS = (1.0, 0.4, 0.2)

# Where the terms of a question are in more documents together, questions are looked for without the trigrams
# of known words. 0 gives .724 / .963 and .879 / .991, as the best are then weighed by all terms
FEW_DOCUMENTS = 10_000
CLOSER = 12  # articles whose questions are then weighed by all terms: 20 gives the same
# of a question that is weighed, a longer one counts less: 12 and 52 give .723 / .963 and .879 / .991
USUAL_WORDS, USUAL_GRAMS = 14, 60

# another ranking beside the words', places added as weight / (FUSION + place). The classifier, with all the
# questions of Banking77 / with ten an article: * 1.1 .916 / .737; 1.5 .916 / .737; 1.0 .904 / .738: two that
# disagree tie
RANKING = 1.1
FUSION = 10  # 5 and 20 the same within .001

# of an article, for the classifier to learn it. Banking77 R@1 by words / with the classifier: 10 questions
# .740 / .737, 15 questions .782 / .803, all .888 / .916
MIN_QUESTIONS = 15
MIN_ARTICLES = 3  # that have so many: two are told apart by words alone

SYNONYM = 0.5  # of the weight of what the asker wrote; not measured on a public set: none has synonyms

# What has less than this share of what was asked, by rarity, or of what the best scores, is not found. R@10
# stays; with .05 or .4 it loses up to .006 where questions share little with their article (rides)
LEAST = 0.03
LEAST_OF_BEST = 0.3

EXACT = 1.0  # a pin, or the same question: above what any other hit can score
OTHERS = 0.95  # the most that any other hit scores
