"""What the parts of a text do to a reading when they are put in or left out."""
