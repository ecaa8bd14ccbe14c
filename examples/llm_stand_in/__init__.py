"""An offline server with the shape of OpenAI's API, for examples and tests."""
