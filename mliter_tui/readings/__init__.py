"""Named numbers in what a script prints: text in, readings out. Standard library only; whoever shows them may ask."""
