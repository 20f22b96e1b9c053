"""Small sets written for this project, that show what a checkpoint does where no labelled data says so."""
