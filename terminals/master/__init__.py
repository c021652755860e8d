"""The master: what this terminal's encoders give, kept here whatever the network does, and delivered when it can be."""
