"""Text -> what can be said of it by rules: language, sentences, clauses, stakeholders, options."""
