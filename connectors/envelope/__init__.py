"""What the envelope of an e-mail says, whether it came as a file or as a vendor's answer.

One reader for all: the same message read twice, by two ways, has to be the same message.
"""
