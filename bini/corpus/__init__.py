"""The labelled-corpus generator: claims and products whose labels follow from the decision table.

    bini corpus data/corpus/corpus.yaml

A claim is requirements, a product is facts, both over the same slots; outcomes are drawn first, texts are written last.
Read in this order: `nouns` and `stock`; the slots: `values`, `spans` and `numbers`, `pool`, `roles`, `material_claims`,
`material_facts` and `materials`; `scenes`; the texts: `korean`, `wording`, `registers`, `noise`, `render`, `claimtext`;
the rows: `drawing`, `product_block`, `claim_block`, `blocks`, `reasons`, `writing`; `splits`, `gates`, `build`.
"""
