"""How the wide parts are learned, judged alone and beside the deep model."""
