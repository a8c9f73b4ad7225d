# The Google Gen AI SDK over streamGenerateContent; the SDK calls the function by itself.
from google import genai
from google.genai import types

from desk import heard, lookup, model, prompt, report

client = genai.Client()
chat = client.chats.create(model=model, config=types.GenerateContentConfig(tools=[lookup]))
text = ""
for chunk in chat.send_message_stream(prompt):
    parts = chunk.candidates[0].content.parts if chunk.candidates and chunk.candidates[0].content else None
    for part in parts or []:
        if part.function_call or part.function_response:
            text = ""
        if part.text:
            heard(part.text)
            text += part.text
report(text)
