"""An invented school district, Marlow Public Schools, made anew from a seed.

It exists so that the product can be shown and tested end to end on files a real district would
drop, with a table of what must be found in them and what must not. Nobody in it is real.
"""
