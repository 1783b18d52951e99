"""The labelled-corpus generator: claims and products whose labels follow from the decision table.

    bini corpus data/corpus/corpus.yaml

A claim is requirements, a product is facts, both over the same slots; outcomes are drawn first, texts are written last.
Read in this order: `nouns`, `stock`, `values`, `numbers`, `pool`, `materials`, `scenes`, `registers`, `render`,
`claimtext`, `blocks`, `reasons`, `writing`, `splits`, `gates`, `build`.
"""
