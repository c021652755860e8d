"""The terminals' register: who they are, with which key, on whose body, when seen last, and how they are."""
