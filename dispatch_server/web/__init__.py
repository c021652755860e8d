"""FastAPI glue: the server itself, its bounds, headers, problems and the console's files; no word of the domain."""
