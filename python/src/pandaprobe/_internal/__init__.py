"""Code that users do not import."""
