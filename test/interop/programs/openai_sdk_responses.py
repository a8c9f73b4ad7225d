# The OpenAI SDK over the Responses API, streamed; each turn follows on the one before by previous_response_id.
import json

from openai import OpenAI, omit

from desk import heard, lookup, model, parameters, prompt, report

client = OpenAI()
turn = [{"role": "user", "content": prompt}]
previous = omit
tools = [{"type": "function", "name": "lookup", "description": lookup.__doc__, "parameters": parameters, "strict": True}]
while True:
    with client.responses.stream(model=model, input=turn, previous_response_id=previous, tools=tools) as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                heard(event.delta)
        response = stream.get_final_response()
    calls = [item for item in response.output if item.type == "function_call"]
    if not calls:
        report(response.output_text)
        break
    previous = response.id
    turn = [{"type": "function_call_output", "call_id": call.call_id, "output": lookup(**json.loads(call.arguments))} for call in calls]
