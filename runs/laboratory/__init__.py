"""The Laboratory: the experiments of Glorot & Bengio 2010, and some of others, each beside what is published.

An entry (`entry.LaboratoryEntry`) says which networks are trained and how their runs are read; nothing that it shows
as ours is written down anywhere. `ENTRIES` holds all of them, `conducting` trains and finds their runs, and
``python -m runs.laboratory`` repeats one without a screen. Start at `catalog`.
"""
