"""The command line, a module per family; views of the desk's functions for terminals."""
