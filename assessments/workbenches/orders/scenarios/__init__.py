"""The kinds of days that the orders workbench can set up."""
