# LiteLLM as a client: one call for every provider, here told that the gateway is an OpenAI or an Anthropic server (PROVIDER).
import json
import os

import litellm

from desk import heard, lookup, model, parameters, prompt, report

messages = [{"role": "user", "content": prompt}]
tools = [{"type": "function", "function": {"name": "lookup", "description": lookup.__doc__, "parameters": parameters}}]
while True:
    chunks = []
    for chunk in litellm.completion(model=f"{os.environ['PROVIDER']}/{model}", messages=messages, tools=tools, stream=True, max_tokens=1024):
        chunks.append(chunk)
        heard(chunk.choices[0].delta.content)
    message = litellm.stream_chunk_builder(chunks, messages=messages).choices[0].message
    if not message.tool_calls:
        report(message.content)
        break
    messages.append(message.model_dump(exclude_none=True))
    for call in message.tool_calls:
        messages.append({"role": "tool", "tool_call_id": call.id, "content": lookup(**json.loads(call.function.arguments))})
