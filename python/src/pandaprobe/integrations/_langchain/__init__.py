"""What the integrations of LangChain and of the frameworks on top of it share."""
