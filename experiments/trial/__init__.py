"""Virtual field trials: sites are chosen, treated by lot, and measured before and after, as those who try measures in real cities do.

A trial is a file in conf/experiment/trial. Each world is lived twice over the same days, untreated and treated: the first tells where the
sites are, and what would have come without the treatment; the second is what the authors of a trial would have seen.
"""
