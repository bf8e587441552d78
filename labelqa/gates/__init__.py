"""Gates: whether a project is good enough, by a policy that is written down."""
