"""What is asked: sentences with brackets, their brackets filled for a household, and what they then mean.

In: voice files for scoring, the questions of the splits and a household's names, groups, states and span.
Out: the text as typed, its query and the values of its slots, worked out here and not by the product.
"""
