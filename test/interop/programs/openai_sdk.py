# The OpenAI SDK over chat completions, streamed; it has no tool runner, so the loop is written out.
import json

from openai import OpenAI

from desk import heard, lookup, model, parameters, prompt, report

client = OpenAI()
messages = [{"role": "user", "content": prompt}]
tools = [{"type": "function", "function": {"name": "lookup", "description": lookup.__doc__, "parameters": parameters, "strict": True}}]
while True:
    with client.chat.completions.stream(model=model, messages=messages, tools=tools, stream_options={"include_usage": True}) as stream:
        for event in stream:
            if event.type == "content.delta":
                heard(event.delta)
        message = stream.get_final_completion().choices[0].message
    if not message.tool_calls:
        report(message.content)
        break
    messages.append({"role": "assistant", "content": message.content, "tool_calls": [
        {"id": call.id, "type": "function", "function": {"name": call.function.name, "arguments": call.function.arguments}} for call in message.tool_calls]})
    for call in message.tool_calls:
        messages.append({"role": "tool", "tool_call_id": call.id, "content": lookup(**json.loads(call.function.arguments))})
