"""What people read: one self-contained page for each reader, and its twins for machines.

A page says nothing that its values do not say: scope, counts and the verdict are settled in
``auditor``; here they become sentences, and a quantity nobody looked at becomes words, never 0.
"""
