"""What both ends must agree on: the JSON messages and the form of a refusal."""
