import pandaprobe
from pandaprobe.wrappers import wrap_openai
from openai import OpenAI

client = wrap_openai(OpenAI())
history = []
with pandaprobe.session("conversation-123"), pandaprobe.user("user-abc"):
    while True:
        user_input = input("You: ")
        if user_input.lower() == "quit":
            break
        history.append({"role": "user", "content": user_input})
        response = client.chat.completions.create(model="gpt-4o", messages=history)
        assistant_msg = response.choices[0].message.content
        history.append({"role": "assistant", "content": assistant_msg})
        print(f"Assistant: {assistant_msg}")
