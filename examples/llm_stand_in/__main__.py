"""`python -m llm_stand_in`, in the folder `examples`."""

from llm_stand_in.app import main

main()
