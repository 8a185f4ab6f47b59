"""The nouns of the importer: what passes between its rooms. Knows nothing else of the program."""
