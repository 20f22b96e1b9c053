"""The circuit that weighs emotion, ethics, Bentham's calculus and regret into one decision, with its trace."""
